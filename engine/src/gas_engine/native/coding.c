/* What an edit does to a protein: both proteins are read by the contig's code and compared.
 *
 * Terms and HGVS come from this one comparison. There are three ways through it, from the cheapest: one base within a codon,
 * whole codons that the frame leaves alone, and everything else, for which both proteins are read to their ends.
 */
#include "engine.h"

#include <string.h>

enum { NMD_BASES = 50 }; /* a stop this far before the last junction of exons makes a message decay */

/* A coding sequence as it is read: pad unknown bases, then bases, then two A where the message's tail completes a stop. */
typedef struct {
    const char *bases;
    int64_t length, pad;
    bool poly_a;
} Reading;

typedef struct {
    Worker *worker;
    const Frame *frame;
    const Transcript *tx;
    const Code *code;
    const MrnaEdit *edit;
    Effect *effect;
    Reading ref, alt;
    int64_t codons;           /* whole codons of the reference, the stop with them */
    int64_t start, end;       /* of the edit, in coding bases with the pad */
    int64_t net;              /* bases gained or lost */
    int64_t first, last;      /* codons touched: first to last - 1 */
    bool stop_known, start_touched;
} Comparison;

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

static int base_number(char base)
{
    switch (base) {
    case 'T': return 0;
    case 'C': return 1;
    case 'A': return 2;
    case 'G': return 3;
    default: return -1;
    }
}

static int codon_number(const char *codon)
{
    int a = base_number(codon[0]), b = base_number(codon[1]), c = base_number(codon[2]);
    return a < 0 || b < 0 || c < 0 ? -1 : a * 16 + b * 4 + c;
}

/* The base at a place of a reading; 0 behind its end. */
static char read_base(const Reading *reading, int64_t at)
{
    at -= reading->pad;
    if (at < 0)
        return 'N';
    if (at < reading->length)
        return reading->bases[at];
    return reading->poly_a && at < reading->length + 2 ? 'A' : 0;
}

static bool read_codon(const Reading *reading, int64_t number, char *codon)
{
    for (int i = 0; i < 3; i++)
        codon[i] = read_base(reading, 3 * number + i);
    return codon[2] != 0;
}

static char exception_at(const Comparison *one, int64_t codon)
{
    const Exception_ *exceptions = one->worker->model->exceptions + one->tx->exception_first;
    for (uint32_t i = 0; i < one->tx->exception_count; i++)
        if (exceptions[i].codon == codon)
            return (char)exceptions[i].residue;
    return 0;
}

static char translate(const Comparison *one, const char *codon, int64_t number)
{
    int index = codon_number(codon);
    if (index < 0)
        return 'X';
    if (number == 0 && !(one->tx->flags & TX_START_UNKNOWN) && one->code->initiates[index])
        return 'M';
    return one->code->residues[index];
}

/* The residue of a codon of the reference; 0 behind the last whole one. */
static char ref_residue(const Comparison *one, int64_t number)
{
    char codon[3];
    if (number >= one->codons || !read_codon(&one->ref, number, codon))
        return 0;
    char special = one->tx->exception_count ? exception_at(one, number) : 0;
    return special ? special : translate(one, codon, number);
}

/* The residue of a codon after the edit. A codon that the edit left alone, and in its frame, keeps its exception. */
static char alt_residue(const Comparison *one, int64_t number)
{
    char codon[3];
    if (!read_codon(&one->alt, number, codon))
        return 0;
    if (one->tx->exception_count) {
        int64_t start = 3 * number, was = -1;
        if (start + 3 <= one->start)
            was = start;
        else if (start >= one->start + one->edit->count && one->net % 3 == 0)
            was = start - one->net;
        char special = was >= 0 ? exception_at(one, was / 3) : 0;
        if (special && special != '*')
            return special;
    }
    return translate(one, codon, number);
}

/* ---- the two sequences -------------------------------------------------------------------------------------------------- */

static bool load_mrna(Worker *worker, const Frame *frame)
{
    const Transcript *tx = frame->tx;
    if (worker->mrna_of == tx)
        return true;
    worker->mrna_of = NULL;
    worker->mrna.length = 0;
    if (!text_reserve(&worker->mrna, (size_t)tx->mrna_length + 1))
        return false;
    char *to = worker->mrna.data;
    for (uint32_t i = 0; i < tx->exon_count; i++) {
        const Exon *exon = &frame->exons[frame->minus ? tx->exon_count - 1 - i : i];
        int64_t length = exon->end - exon->start;
        if (!bases_at(worker, tx->contig, exon->start, length, to))
            return false;
        if (frame->minus)
            reverse_complement(to, length);
        to += length;
    }
    worker->mrna.length = (size_t)tx->mrna_length;
    worker->mrna_of = tx;
    return true;
}

/* Where a place of the mRNA lies after the edit. */
static int64_t moved(const MrnaEdit *edit, int64_t place)
{
    if (place <= edit->start)
        return place;
    return place >= edit->end ? place + edit->count - (edit->end - edit->start) : edit->start + edit->count;
}

/* Appends the CDS segments of a message that has slips, and what follows them. */
static void join_slips(const Comparison *one, Text *to, const char *mrna, int64_t length, const MrnaEdit *edit)
{
    const Segment *slips = one->worker->model->slips + one->tx->slip_first;
    for (uint32_t i = 0; i < one->tx->slip_count; i++) {
        int64_t start = edit ? moved(edit, slips[i].start) : slips[i].start;
        int64_t end = edit ? moved(edit, slips[i].end) : slips[i].end;
        if (i + 1 == one->tx->slip_count)
            end = length;
        if (start < end && end <= length)
            text_add(to, mrna + start, (size_t)(end - start));
    }
}

/* Where a place of the mRNA lies in the coding sequence. */
static int64_t coding_place(const Comparison *one, int64_t place)
{
    const Transcript *tx = one->tx;
    if (!tx->slip_count)
        return place - tx->cds_start + tx->pad;
    const Segment *slips = one->worker->model->slips + tx->slip_first;
    int64_t before = tx->pad;
    for (uint32_t i = 0; i < tx->slip_count; i++) {
        if (place < slips[i].end || i + 1 == tx->slip_count)
            return before + (place > slips[i].start ? place - slips[i].start : 0);
        before += slips[i].end - slips[i].start;
    }
    return before;
}

/* Behind the last base of the edit in the coding sequence: where a slip goes back, a base is read twice, and this is the second time. */
static int64_t coding_end(const Comparison *one, const MrnaEdit *edit)
{
    const Segment *slips = one->worker->model->slips + one->tx->slip_first;
    int64_t last = edit->end - 1, before = one->tx->pad, found = one->start + edit->end - edit->start;
    for (uint32_t i = 0; edit->end > edit->start && i < one->tx->slip_count; i++) {
        if (last >= slips[i].start && (last < slips[i].end || i + 1 == one->tx->slip_count))
            found = before + last - slips[i].start + 1;
        before += slips[i].end - slips[i].start;
    }
    return found;
}

/* Makes both readings. False: no memory, or the edit starts before the message. */
static bool make_readings(Comparison *one)
{
    Worker *worker = one->worker;
    const Transcript *tx = one->tx;
    const MrnaEdit *edit = one->edit;
    Text *alt = &worker->alternative;
    const char *mrna = worker->mrna.data;
    int64_t length = tx->mrna_length, rest = edit->end < length ? edit->end : length;
    alt->length = 0;
    text_add(alt, mrna, (size_t)edit->start);
    text_add(alt, edit->bases, (size_t)edit->count);
    text_add(alt, mrna + rest, (size_t)(length - rest));
    one->net = edit->count - (edit->end - edit->start);
    one->ref = (Reading){mrna + tx->cds_start, length - tx->cds_start, tx->pad, (tx->flags & TX_POLY_A) != 0};
    int64_t coding = tx->pad + tx->cds_end - tx->cds_start;
    if (alt->failed)
        return false;
    one->alt = one->ref;
    one->alt.bases = alt->data + tx->cds_start;
    one->alt.length = (int64_t)alt->length - tx->cds_start;
    if (tx->slip_count) {
        Text *joined = &worker->slip_ref, *joined_alt = &worker->slip_alt;
        joined->length = joined_alt->length = 0;
        join_slips(one, joined, mrna, length, NULL);
        join_slips(one, joined_alt, alt->data, (int64_t)alt->length, edit);
        if (joined->failed || joined_alt->failed)
            return false;
        one->ref.bases = joined->data, one->ref.length = (int64_t)joined->length;
        one->alt.bases = joined_alt->data, one->alt.length = (int64_t)joined_alt->length;
        coding = tx->pad + one->ref.length - (length - tx->cds_end);
        one->net = one->alt.length - one->ref.length;
    }
    if (one->ref.poly_a)
        coding = (coding + 2) / 3 * 3;
    one->codons = coding / 3;
    one->start = coding_place(one, edit->start);
    one->end = coding_end(one, edit);
    one->first = one->start / 3;
    one->last = one->end == one->start && one->start % 3 == 0 ? one->first : (one->end + 2) / 3;
    one->stop_known = one->codons > 0 && !(tx->flags & TX_END_UNKNOWN) && ref_residue(one, one->codons - 1) == '*';
    return true;
}

/* ---- HGVS p. -------------------------------------------------------------------------------------------------------------- */

const char *residue_name(char letter)
{
    static const char *const NAMES[] = {"Ala", "Asx", "Cys", "Asp", "Glu", "Phe", "Gly", "His", "Ile", "Xle", "Lys", "Leu", "Met",
                                        "Asn", "Pyl", "Pro", "Gln", "Arg", "Ser", "Thr", "Sec", "Val", "Trp", "Xaa", "Tyr", "Glx"};
    if (letter == '*')
        return "Ter";
    return letter >= 'A' && letter <= 'Z' ? NAMES[letter - 'A'] : "Xaa";
}

static void write_residue(Text *text, char letter, int64_t number)
{
    text_string(text, residue_name(letter));
    text_number(text, number + 1);
}

static void write_residues(Text *text, const char *letters, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        text_string(text, residue_name(letters[i]));
}

static Text *begin(Comparison *one, Span *span)
{
    span->offset = (uint32_t)one->worker->scratch.length;
    return &one->worker->scratch;
}

static void end(Comparison *one, Span *span)
{
    span->length = (uint32_t)one->worker->scratch.length - span->offset;
}

static void protein_text(Comparison *one, const char *words)
{
    text_string(begin(one, &one->effect->hgvsp), words);
    end(one, &one->effect->hgvsp);
}

/* p.Lys23_Leu24 */
static void write_range(Comparison *one, Text *text, int64_t first, int64_t last)
{
    write_residue(text, ref_residue(one, first), first);
    if (last > first) {
        text_char(text, '_');
        write_residue(text, ref_residue(one, last), last);
    }
}

/* Residues first to last - 1 are changed into the same ones. */
static void protein_same(Comparison *one, int64_t first, int64_t last)
{
    Text *text = begin(one, &one->effect->hgvsp);
    text_string(text, "p.");
    write_range(one, text, first, last - 1);
    text_char(text, '=');
    end(one, &one->effect->hgvsp);
}

/* Residues are inserted before a place: as far as possible towards the end, as a duplication where they repeat. */
static void protein_insertion(Comparison *one, Text *text, int64_t at, const char *letters, int64_t count)
{
    int64_t by = 0, n = one->codons;
    while (at < n && ref_residue(one, at) == letters[by % count] && ref_residue(one, at) != '*')
        at++, by++;
    bool repeats = at >= count;
    for (int64_t i = 0; repeats && i < count; i++)
        repeats = ref_residue(one, at - count + i) == letters[(by + i) % count];
    if (repeats) {
        write_range(one, text, at - count, at - 1);
        text_string(text, "dup");
        return;
    }
    if (at == 0 || at >= n) {
        text_char(text, '?');
        return;
    }
    write_range(one, text, at - 1, at);
    text_string(text, "ins");
    for (int64_t i = 0; i < count; i++)
        text_string(text, residue_name(letters[(by + i) % count]));
}

/* Residues first to first + lost - 1 become others. */
static void protein_change(Comparison *one, int64_t first, int64_t lost, const char *letters, int64_t gained)
{
    Text *text = begin(one, &one->effect->hgvsp);
    text_string(text, "p.");
    if (lost == 0)
        protein_insertion(one, text, first, letters, gained);
    else if (gained == 0) {
        while (first + lost < one->codons && ref_residue(one, first) == ref_residue(one, first + lost))
            first++;
        write_range(one, text, first, first + lost - 1);
        text_string(text, "del");
    } else {
        write_range(one, text, first, first + lost - 1);
        if (lost > 1 || gained > 1)
            text_string(text, "delins");
        write_residues(text, letters, gained);
    }
    end(one, &one->effect->hgvsp);
}

/* ---- columns ---------------------------------------------------------------------------------------------------------------- */

static void write_codons(Text *text, const Reading *reading, int64_t first, int64_t last, int64_t from, int64_t to)
{
    if (first >= last)
        text_char(text, '-');
    for (int64_t i = first; i < last; i++) {
        char base = read_base(reading, i);
        if (base == 0)
            break;
        text_char(text, i >= from && i < to ? base : (char)(base | 32));
    }
}

/* The columns Codons and Amino_acids: the codons touched before and after, changed bases in capitals. */
static void write_columns(Comparison *one)
{
    Effect *effect = one->effect;
    int64_t first = 3 * one->first, last = 3 * one->last, alt_last = last + one->net;
    Text *text = begin(one, &effect->codons);
    write_codons(text, &one->ref, first, last, one->start, one->end);
    text_char(text, '/');
    write_codons(text, &one->alt, first, alt_last, one->start, one->start + one->edit->count);
    end(one, &effect->codons);
    text = begin(one, &effect->residues);
    size_t start = text->length;
    for (int64_t i = one->first; i < one->last && ref_residue(one, i); i++)
        text_char(text, ref_residue(one, i));
    if (text->length == start)
        text_char(text, '-');
    size_t middle = text->length;
    text_char(text, '/');
    for (int64_t i = one->first; 3 * i + 3 <= alt_last && alt_residue(one, i); i++)
        text_char(text, alt_residue(one, i));
    if (alt_last % 3 != 0)
        text_char(text, 'X');
    if (text->length == middle + 1)
        text_char(text, '-');
    size_t length = middle - start;
    if (!text->failed && text->length - middle - 1 == length
        && memcmp(text->data + start, text->data + middle + 1, length) == 0)
        text->length = middle; /* a residue that stays is written once */
    end(one, &effect->residues);
}

static void write_places(Comparison *one)
{
    Effect *effect = one->effect;
    int64_t first = one->start, last = one->end - 1;
    if (last < first) /* an insertion lies between two bases */
        first = one->start - 1, last = one->start;
    effect->cds_first = (int32_t)(first + 1);
    effect->cds_last = (int32_t)(last + 1);
    effect->protein_first = (int32_t)(first / 3 + 1);
    effect->protein_last = (int32_t)(last / 3 + 1);
    if (last >= 3 * one->codons) {
        effect->cds_last = 0;
        effect->protein_last = 0;
    }
}

static void note_decay(Comparison *one, int64_t stop)
{
    const Frame *frame = one->frame;
    if (one->tx->exon_count < 2 || one->tx->slip_count)
        return;
    int64_t junction = frame->exons[frame->minus ? 0 : one->tx->exon_count - 1].mrna;
    junction = moved(one->edit, junction);
    int64_t stop_end = one->tx->cds_start + 3 * stop + 3 - one->tx->pad;
    one->effect->nmd = junction - stop_end > NMD_BASES;
}

/* ---- the comparison --------------------------------------------------------------------------------------------------------- */

static void retained_start(Comparison *one)
{
    if (one->start_touched)
        one->effect->terms |= BIT(START_RETAINED);
}

/* The edit touches the start codon. True: that decides, and nothing else is compared. */
static bool start_decides(Comparison *one)
{
    const Transcript *tx = one->tx;
    const MrnaEdit *edit = one->edit;
    if (tx->flags & TX_START_UNKNOWN || edit->start >= tx->cds_start + 3)
        return false;
    int64_t reach = edit->end > edit->start ? edit->end : edit->start;
    if (edit->pure && reach - edit->slack <= tx->cds_start) {
        one->effect->terms |= BIT(START_RETAINED); /* the same sequence results from a change before the start */
        protein_text(one, "p.Met1=");
        return true;
    }
    char codon[3];
    if (edit->start >= tx->cds_start && make_readings(one) && read_codon(&one->alt, 0, codon)) {
        int index = codon_number(codon);
        write_columns(one);
        write_places(one);
        if (index >= 0 && one->code->initiates[index] == 2) {
            one->start_touched = true;
            return false;
        }
    }
    one->effect->terms |= BIT(START_LOST);
    protein_text(one, "p.Met1?");
    return true;
}

static bool unknown_residues(const Comparison *one, const char *letters, int64_t count)
{
    return !one->tx->exception_count && count > 0 && memchr(letters, 'X', (size_t)count) != NULL;
}

/* Whole codons changed, and the stop codon is not among them. */
static void compare_codons(Comparison *one)
{
    Worker *worker = one->worker;
    Effect *effect = one->effect;
    Text *ref = &worker->residues_ref, *alt = &worker->residues_alt;
    int64_t alt_last = one->last + one->net / 3, stop = -1;
    ref->length = alt->length = 0;
    for (int64_t i = one->first; i < one->last; i++)
        text_char(ref, ref_residue(one, i));
    for (int64_t i = one->first; i < alt_last && stop < 0; i++) {
        char letter = alt_residue(one, i);
        text_char(alt, letter);
        if (letter == '*' && (i >= one->last || ref->data[i - one->first] != '*'))
            stop = i;
    }
    if (ref->failed || alt->failed)
        return;
    int64_t lost = (int64_t)ref->length, gained = (int64_t)alt->length, first = one->first, head = 0;
    if (unknown_residues(one, ref->data, lost) || unknown_residues(one, alt->data, gained)) {
        effect->terms |= BIT(CODING_SEQUENCE);
        return;
    }
    while (head < lost && head < gained && ref->data[head] == alt->data[head])
        head++;
    if (stop >= 0 || head < lost || head < gained)
        retained_start(one);
    if (stop >= 0) {
        /* Nothing behind the stop counts: what comes before it may go on like the reference does. */
        while (alt->data[head] != '*' && ref_residue(one, first + head) == alt->data[head])
            head++;
        if (alt->data[head] == '*' && first + head == one->codons - 1) {
            effect->terms |= BIT(STOP_RETAINED); /* a stop before the stop: the protein ends where it ended */
            protein_same(one, one->codons - 1, one->codons);
            return;
        }
        effect->terms |= BIT(STOP_GAINED);
        if (alt->data[head] == '*')
            protein_change(one, first + head, 1, "*", 1);
        else
            protein_change(one, first + head, lost > head ? lost - head : 0, alt->data + head, gained - head);
        note_decay(one, stop);
        return;
    }
    if (head == lost && head == gained) {
        retained_start(one);
        if (!one->start_touched || one->last > 1)
            effect->terms |= BIT(SYNONYMOUS);
        protein_same(one, first, one->last);
        return;
    }
    while (lost > head && gained > head && ref->data[lost - 1] == alt->data[gained - 1])
        lost--, gained--;
    lost -= head, gained -= head;
    if (one->edit->pure)
        effect->terms |= BIT(one->net > 0 ? INFRAME_INSERTION : INFRAME_DELETION);
    else if (lost == gained)
        effect->terms |= BIT(MISSENSE);
    else if (lost == 0 || gained == 0)
        effect->terms |= BIT(lost == 0 ? INFRAME_INSERTION : INFRAME_DELETION);
    else
        effect->terms |= BIT(PROTEIN_ALTERING);
    protein_change(one, first + head, lost, alt->data + head, gained);
}

/* The stop codon alone is lost: the protein goes on to the next stop, if the message has one. */
static void write_extension(Comparison *one, const char *alt, int64_t gained, int64_t stop)
{
    Text *text = begin(one, &one->effect->hgvsp);
    int64_t last = one->codons - 1;
    if (gained == 0)
        text_string(text, "p.?");
    else {
        text_string(text, "p.");
        write_residue(text, ref_residue(one, last), last);
        text_string(text, residue_name(alt[0]));
        text_string(text, "extTer");
        if (stop >= 0)
            text_number(text, stop - last);
        else
            text_char(text, '?');
    }
    end(one, &one->effect->hgvsp);
}

static void write_frameshift(Comparison *one, int64_t differs, const char *alt, int64_t gained, int64_t stop)
{
    Text *text = begin(one, &one->effect->hgvsp);
    text_string(text, "p.");
    write_residue(text, ref_residue(one, differs), differs);
    if (gained > 0 && alt[0] == '*')
        text_string(text, "Ter");
    else {
        if (gained > 0)
            text_string(text, residue_name(alt[0]));
        text_string(text, "fsTer");
        if (stop >= 0)
            text_number(text, stop - differs + 1);
        else
            text_char(text, '?');
    }
    end(one, &one->effect->hgvsp);
}

/* The frame changes, or the stop codon is touched: both proteins are read to their ends. */
static void compare_proteins(Comparison *one)
{
    Worker *worker = one->worker;
    Effect *effect = one->effect;
    Text *ref = &worker->residues_ref, *alt = &worker->residues_alt;
    int64_t stop = -1, last = one->codons - 1;
    ref->length = alt->length = 0;
    for (int64_t i = one->first; i < one->codons; i++)
        text_char(ref, ref_residue(one, i));
    for (int64_t i = one->first; stop < 0; i++) {
        char letter = alt_residue(one, i);
        if (letter == 0)
            break;
        text_char(alt, letter);
        if (letter == '*')
            stop = i;
    }
    if (ref->failed || alt->failed)
        return;
    int64_t lost = (int64_t)ref->length, gained = (int64_t)alt->length, head = 0;
    while (head < lost && head < gained && ref->data[head] == alt->data[head])
        head++;
    int64_t differs = one->first + head;
    bool shifted = one->net % 3 != 0, stop_touched = one->end > 3 * last;
    retained_start(one);
    if (one->stop_known && head == lost && head == gained) {
        effect->terms |= stop_touched || shifted ? BIT(STOP_RETAINED) : BIT(SYNONYMOUS);
        if (stop_touched || shifted)
            protein_same(one, last, last + 1);
        else
            protein_same(one, one->first, one->last);
        return;
    }
    if (one->stop_known && differs >= last && !shifted && one->net > 0 && stop == last + one->net / 3) {
        /* Whole residues come in between the last one and the stop: the stop codon stays, only later. */
        effect->terms |= BIT(INFRAME_INSERTION);
        protein_change(one, last, 0, alt->data + head, gained - head - 1);
        return;
    }
    if (one->stop_known && differs >= last) {
        effect->terms |= BIT(STOP_LOST) | (shifted ? BIT(FRAMESHIFT) : 0);
        write_extension(one, alt->data + head, gained - head, stop);
        return;
    }
    if (shifted) {
        effect->terms |= BIT(FRAMESHIFT);
        /* A frame shift that meets a stop later on is no more than that; one that brings the stop along, or puts one in
           place of what ran up to the old one, is both. */
        bool brought = stop >= 0 && (3 * stop + 3 <= 3 * one->last + one->net || (stop_touched && stop == differs));
        if (differs < one->codons && brought)
            effect->terms |= BIT(STOP_GAINED);
        else if (one->stop_known && stop_touched)
            effect->terms |= BIT(STOP_LOST);
        if (differs < one->codons) {
            write_frameshift(one, differs, alt->data + head, gained - head, stop);
        }
        if (stop >= 0)
            note_decay(one, stop);
        return;
    }
    if (one->stop_known && stop >= 0 && 3 * stop <= one->start + one->edit->count) {
        /* The edit brings a stop of its own in the old one's place. */
        while (lost > head && gained > head && ref->data[lost - 1] == alt->data[gained - 1])
            lost--, gained--;
        lost -= head, gained -= head;
        if (lost == gained)
            effect->terms |= BIT(MISSENSE);
        else
            effect->terms |= gained == 0 ? BIT(INFRAME_DELETION) : lost == 0 ? BIT(INFRAME_INSERTION) : BIT(PROTEIN_ALTERING);
        effect->terms |= BIT(STOP_RETAINED);
        protein_change(one, differs, lost, alt->data + head, gained);
        return;
    }
    if (one->stop_known) {
        effect->terms |= BIT(STOP_LOST);
        /* What begins before the stop codon and takes it is named as a frame shift, says HGVS, whatever its length. */
        write_frameshift(one, differs, alt->data + head, gained - head, stop);
        return;
    }
    effect->terms |= BIT(CODING_SEQUENCE);
}

void effect_of_coding(Worker *worker, const Frame *frame, const MrnaEdit *edit, Effect *effect)
{
    const Transcript *tx = frame->tx;
    Comparison one = {.worker = worker, .frame = frame, .tx = tx, .edit = edit, .effect = effect,
                      .code = &worker->model->codes[tx->code]};
    if (!load_mrna(worker, frame)) {
        effect->terms |= BIT(CODING_SEQUENCE);
        return;
    }
    if (start_decides(&one))
        return;
    if (edit->start < tx->cds_start || edit->end > tx->mrna_length) {
        /* The edit leaves the message, or comes from before an incomplete one: what is translated then is not known. */
        bool stop_gone = edit->end > tx->mrna_length && !(tx->flags & TX_END_UNKNOWN);
        effect->terms |= stop_gone ? BIT(STOP_LOST) : BIT(CODING_SEQUENCE);
        effect->by_overlap = true;
        protein_text(&one, "p.?");
        return;
    }
    if (!make_readings(&one))
        return;
    if (!one.start_touched) {
        write_columns(&one);
        write_places(&one);
    }
    int64_t whole = one.stop_known ? 3 * (one.codons - 1) : 3 * one.codons;
    int64_t annotated = tx->pad + tx->cds_end - tx->cds_start;
    if (tx->flags & TX_POLY_A && one.end > annotated / 3 * 3)
        effect->terms |= BIT(INCOMPLETE_TERMINAL_CODON);
    if (one.net % 3 == 0 && one.end <= whole)
        compare_codons(&one);
    else if (!one.stop_known && one.start >= 3 * one.codons)
        effect->terms |= BIT(INCOMPLETE_TERMINAL_CODON) | BIT(CODING_SEQUENCE);
    else
        compare_proteins(&one);
}

/* One base within a codon that is neither the first nor the last: the way that most records take. */
bool effect_of_coding_snv(Worker *worker, const Frame *frame, uint32_t contig, int64_t position, char alt, Effect *effect)
{
    const Transcript *tx = frame->tx;
    if (tx->slip_count || tx->exception_count)
        return false;
    int exon = exon_before(frame, position);
    int64_t at = mrna_position(frame, exon, position) - tx->cds_start + tx->pad;
    int64_t number = at / 3, last = (tx->pad + tx->cds_end - tx->cds_start) / 3 - 1;
    if (number == 0 || number >= last)
        return false;
    char codon[3], changed[3];
    const Exon *one = &frame->exons[exon];
    int64_t step = frame->minus ? -1 : 1, first = position - step * (at % 3), third = first + 2 * step;
    bool inside = first >= one->start && first < one->end && third >= one->start && third < one->end;
    for (int i = 0; i < 3; i++) {
        int64_t place = first + i * step;
        if (!inside && i > at % 3 && (place >= one->end || place < one->start)) {
            const Exon *next = one + step;
            place = frame->minus ? next->end - 1 - (one->start - 1 - place) : next->start + (place - one->end);
            if (place < next->start || place >= next->end)
                return false;
        } else if (!inside && i < at % 3 && (place >= one->end || place < one->start)) {
            const Exon *next = one - step;
            place = frame->minus ? next->start + (place - one->end) : next->end - 1 - (one->start - 1 - place);
            if (place < next->start || place >= next->end)
                return false;
        }
        char base = base_at(worker, contig, place);
        codon[i] = frame->minus ? complement(base) : base;
    }
    memcpy(changed, codon, 3);
    changed[at % 3] = frame->minus ? complement(alt) : alt;
    int before = codon_number(codon), after = codon_number(changed);
    if (before < 0 || after < 0)
        return false;
    const Code *code = &worker->model->codes[tx->code];
    char was = code->residues[before], is = code->residues[after];
    Text *text = &worker->scratch;
    effect->cds_first = effect->cds_last = (int32_t)(at + 1);
    effect->protein_first = effect->protein_last = (int32_t)(number + 1);
    effect->terms |= was == is ? BIT(SYNONYMOUS) : is == '*' ? BIT(STOP_GAINED) : BIT(MISSENSE);
    if (is == '*' && was != '*' && tx->exon_count > 1) {
        int64_t junction = frame->exons[frame->minus ? 0 : tx->exon_count - 1].mrna;
        effect->nmd = junction - (tx->cds_start + 3 * number + 3 - tx->pad) > NMD_BASES;
    }
    effect->hgvsp.offset = (uint32_t)text->length;
    text_string(text, "p.");
    write_residue(text, was, number);
    if (was == is)
        text_char(text, '=');
    else
        text_string(text, residue_name(is));
    effect->hgvsp.length = (uint32_t)text->length - effect->hgvsp.offset;
    effect->residues.offset = (uint32_t)text->length;
    text_char(text, was);
    if (was != is) {
        text_char(text, '/');
        text_char(text, is);
    }
    effect->residues.length = (uint32_t)text->length - effect->residues.offset;
    effect->codons.offset = (uint32_t)text->length;
    for (int i = 0; i < 3; i++)
        text_char(text, i == at % 3 ? codon[i] : (char)(codon[i] | 32));
    text_char(text, '/');
    for (int i = 0; i < 3; i++)
        text_char(text, i == at % 3 ? changed[i] : (char)(changed[i] | 32));
    effect->codons.length = (uint32_t)text->length - effect->codons.offset;
    return true;
}
