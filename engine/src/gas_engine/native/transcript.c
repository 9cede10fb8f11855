/* Where a base of the contig lies in a transcript, and how HGVS counts it. */
#include "engine.h"

int exon_before(const Frame *frame, int64_t position)
{
    int low = 0, high = (int)frame->tx->exon_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (frame->exons[middle].start <= position)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

int64_t mrna_position(const Frame *frame, int exon, int64_t position)
{
    const Exon *one = &frame->exons[exon];
    return one->mrna + (frame->minus ? one->end - 1 - position : position - one->start);
}

int exon_number(const Frame *frame, int exon)
{
    return frame->minus ? (int)frame->tx->exon_count - exon : exon + 1;
}

static void write_mrna_position(Text *text, const Transcript *tx, int64_t position)
{
    if (!(tx->flags & TX_CODING))
        text_number(text, position + 1);
    else if (position < tx->cds_start)
        text_number(text, position - tx->cds_start);
    else if (position >= tx->cds_end) {
        text_char(text, '*');
        text_number(text, position - tx->cds_end + 1);
    } else
        text_number(text, position - tx->cds_start + 1 + tx->pad);
}

/* A base of an intron counts from the nearer exon; from the middle on, from the next one. */
void write_position(Text *text, const Frame *frame, int64_t position)
{
    int exon = exon_before(frame, position);
    const Exon *one = &frame->exons[exon];
    if (position < one->end) {
        write_mrna_position(text, frame->tx, mrna_position(frame, exon, position));
        return;
    }
    int64_t after = position - one->end + 1, before = one[1].start - position;
    bool from_left = frame->minus ? after < before : after <= before;
    int64_t anchor = from_left ? mrna_position(frame, exon, one->end - 1) : mrna_position(frame, exon + 1, one[1].start);
    write_mrna_position(text, frame->tx, anchor);
    text_char(text, from_left == frame->minus ? '-' : '+');
    text_number(text, from_left ? after : before);
}
