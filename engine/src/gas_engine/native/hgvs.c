/* HGVS on the contig (g. or m.) and on a transcript (c. or n.): written as far to the 3' end as the change can be. */
#include "engine.h"

/* A base of the contig in the direction of the name that is written. */
static char directed(Worker *worker, uint32_t contig, bool minus, int64_t position)
{
    char base = base_at(worker, contig, position);
    return minus ? complement(base) : base;
}

static void write_bases(Text *text, const Edit *edit, bool minus)
{
    if (!minus) {
        text_add(text, edit->bases, (size_t)edit->count);
        return;
    }
    for (int32_t i = edit->count; i > 0; i--)
        text_char(text, complement(edit->bases[i - 1]));
}

/* Whether the inserted bases stand before the insertion already, seen in the direction of the name. */
static bool duplicates(Worker *worker, uint32_t contig, bool minus, const Edit *edit)
{
    int64_t from = minus ? edit->start : edit->start - edit->count;
    for (int32_t i = 0; i < edit->count; i++)
        if (base_at(worker, contig, from + i) != edit->bases[i])
            return false;
    return true;
}

static bool inverts(Worker *worker, uint32_t contig, const Edit *edit)
{
    int64_t length = edit->end - edit->start;
    if (length < 2 || length != edit->count)
        return false;
    for (int32_t i = 0; i < edit->count; i++)
        if (complement(base_at(worker, contig, edit->end - 1 - i)) != edit->bases[i])
            return false;
    return true;
}

static void write_place(Text *text, const Frame *frame, const Contig *contig, int64_t position)
{
    if (frame != NULL)
        write_position(text, frame, position);
    else
        text_number(text, contig_position(contig, position) + 1);
}

static void write_places(Text *text, const Frame *frame, const Contig *contig, int64_t low, int64_t high)
{
    bool minus = frame != NULL && frame->minus;
    write_place(text, frame, contig, minus ? high : low);
    if (low != high) {
        text_char(text, '_');
        write_place(text, frame, contig, minus ? low : high);
    }
}

/* The change alone: 12A>G, 12_14del, 12dup, 12_13insT, 12_14inv, 12_14delinsTT. */
static void write_change(Worker *worker, uint32_t contig_number, const Frame *frame, const Edit *edit, Text *text)
{
    const Contig *contig = &worker->model->contigs[contig_number];
    bool minus = frame != NULL && frame->minus;
    int64_t low = edit->start, high = edit->end - 1;
    if (edit->start == edit->end) {
        int64_t first = minus ? edit->start : edit->start - edit->count, last = first + edit->count - 1;
        /* Exon and intron lie side by side on the contig, so that a copy may reach from one into the other. */
        bool inside = frame == NULL || (first >= frame->tx->start && last < frame->tx->end);
        if (inside && duplicates(worker, contig_number, minus, edit)) {
            write_places(text, frame, contig, first, last);
            text_string(text, "dup");
            return;
        }
        write_places(text, frame, contig, edit->start - 1, edit->start);
        text_string(text, "ins");
        write_bases(text, edit, minus);
        return;
    }
    write_places(text, frame, contig, low, high);
    if (low == high && edit->count == 1) {
        text_char(text, directed(worker, contig_number, minus, low));
        text_char(text, '>');
        write_bases(text, edit, minus);
    } else if (edit->count == 0)
        text_string(text, "del");
    else if (inverts(worker, contig_number, edit))
        text_string(text, "inv");
    else {
        text_string(text, "delins");
        write_bases(text, edit, minus);
    }
}

void hgvs_genomic(Worker *worker, const Allele *allele, Text *text)
{
    const Contig *contig = &worker->model->contigs[allele->contig];
    uint32_t length;
    const char *name = model_string(worker->model, contig->accession, &length);
    const Edit *edit = &allele->right;
    if (edit->start == edit->end && !(contig->flags & CONTIG_CIRCULAR) && (edit->start < 1 || edit->start >= contig->length))
        return; /* before the first base or behind the last one there is no pair of bases to name */
    text_add(text, name, length);
    text_string(text, contig->flags & CONTIG_MITOCHONDRIAL ? ":m." : ":g.");
    write_change(worker, allele->contig, NULL, edit, text);
}

/* Nothing is written for a change that lies partly outside: a transcript has no numbers there. */
void hgvs_transcript(Worker *worker, const Allele *allele, const Frame *frame, const Edit *edit, Text *text)
{
    const Transcript *tx = frame->tx;
    bool insertion = edit->start == edit->end;
    if (edit->start - insertion < tx->start || edit->end + insertion > tx->end)
        return;
    uint32_t length;
    const char *name = model_string(worker->model, tx->identifier, &length);
    text_add(text, name, length);
    text_string(text, tx->flags & TX_CODING ? ":c." : ":n.");
    write_change(worker, allele->contig, frame, edit, text);
}
