/* Alleles that are told by a symbol and an interval: what the symbol means, how far it reaches, and its name on the contig.
 *
 * How far alleles reach is one rule for consequences and for the index: VCF 4.5's, which reads the files of older versions too.
 */
#include "engine.h"

/* ---- symbols -------------------------------------------------------------------------------------------------------------- */

static bool starts_with(const char *text, size_t length, const char *start)
{
    size_t wanted = strlen(start);
    return length >= wanted && memcmp(text, start, wanted) == 0;
}

static bool is_text(const char *text, size_t length, const char *whole)
{
    return length == strlen(whole) && starts_with(text, length, whole);
}

const char *symbol_name(enum Structural kind)
{
    static const char *const NAMES[] = {"deletion", "duplication", "inversion", "copy_number_variation", "insertion", ""};
    return NAMES[kind];
}

enum Reason symbol_kind(const char *alt, size_t length, enum Structural *kind)
{
    static const struct {
        const char *start;
        enum Structural kind;
    } KINDS[] = {{"<DEL", SV_DELETION},    {"<CN0>", SV_DELETION},     {"<CN=0>", SV_DELETION},
                 {"<DUP", SV_DUPLICATION}, {"<CN2>", SV_DUPLICATION},  {"<CN=2>", SV_DUPLICATION},
                 {"<INV", SV_INVERSION},   {"<CN", SV_COPY_NUMBER},    {"<INS", SV_INSERTION}};
    if (is_text(alt, length, "<*>") || is_text(alt, length, "<NON_REF>") || is_text(alt, length, "<X>"))
        return REFERENCE_BLOCK;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (starts_with(alt, length, KINDS[i].start) && alt[length - 1] == '>') {
            *kind = KINDS[i].kind;
            return REASON_NONE;
        }
    return UNKNOWN_SYMBOL;
}

/* ---- how far they reach --------------------------------------------------------------------------------------------------- */

static Parts values_of(const Worker *worker, const char *key)
{
    size_t length = 0;
    const char *value = info_value(worker, key, strlen(key), &length);
    return (Parts){value, value ? value + length : NULL, ','};
}

/* Number `index` of a text's parts; -1 for none. */
static int64_t number_at(Parts parts, int index)
{
    const char *part;
    size_t length;
    while (next_part(&parts, &part, &length))
        if (index-- == 0)
            return number_of(part, length);
    return -1;
}

/* Where an allele that covers bases from `start` on ends: SVLEN bases on, whatever its sign, and at END only where SVLEN says
 * nothing (VCF 4.5). Inserted bases cover none. -1: nobody says it. */
static int64_t symbol_end(int64_t start, enum Structural kind, int64_t size, int64_t last)
{
    if (kind == SV_INSERTION)
        return start;
    return size > 0 ? start + size : last > start ? last : -1;
}

static int64_t larger(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

/* The largest LEN of all samples: how long a block without variants is. 0 for none. */
static int64_t longest_block(const Worker *worker, const char *line_end)
{
    const char *behind_info = worker->column[INFO] + worker->column_length[INFO], *part;
    size_t length;
    Parts columns = {behind_info < line_end ? behind_info + 1 : NULL, line_end, '\t'};
    if (!next_part(&columns, &part, &length))
        return 0;
    Parts keys = {part, part + length, ':'};
    int place = 0;
    bool found = false;
    for (; !found && next_part(&keys, &part, &length); place += !found)
        found = is_text(part, length, "LEN");
    int64_t longest = 0;
    while (found && next_part(&columns, &part, &length))
        longest = larger(longest, number_at((Parts){part, part + length, ':'}, place));
    return longest;
}

int64_t record_end(const Worker *worker, int64_t position, const char *line_end)
{
    const char *alt = worker->column[ALT], *size;
    size_t length = worker->column_length[ALT], size_length;
    int64_t end = position + larger((int64_t)worker->column_length[REF], 1);
    end = larger(end, number_at(values_of(worker, "END"), 0)); /* of blocks without alternatives, too, as htslib reads it */
    if (memchr(alt, '<', length) == NULL)
        return end;
    Parts alternatives = {alt, alt + length, ','}, sizes = values_of(worker, "SVLEN");
    bool block = false;
    while (next_part(&alternatives, &alt, &length)) {
        int64_t told = next_part(&sizes, &size, &size_length) ? number_of(size, size_length) : -1;
        enum Structural kind;
        enum Reason reason = symbol_kind(alt, length, &kind);
        block |= reason == REFERENCE_BLOCK;
        if (reason == REASON_NONE)
            end = larger(end, symbol_end(position + 1, kind, told, -1));
    }
    return block ? larger(end, position + longest_block(worker, line_end)) : end;
}

/* ---- effects and names ---------------------------------------------------------------------------------------------------- */

/* How many bases the two bounds of an allele's interval lie apart; one interval alone speaks for all alleles, as it used to. */
static int64_t width_of(Parts bounds, int index)
{
    int64_t first = 0, own = 0;
    const char *bound;
    size_t length;
    int number = 0;
    for (; number < 2 * index + 2 && next_part(&bounds, &bound, &length); number++)
        *(number / 2 == index ? &own : &first) += larger(number_of(bound, length), 0);
    return number > 2 * index ? own : first;
}

/* Whether the caller knows where an allele begins and ends, but for what lies alike beside both of its edges. */
static bool edges_known(const Worker *worker, int index)
{
    static const char *const INTERVALS[] = {"CIPOS", "CIEND", "CILEN"};
    if (values_of(worker, "IMPRECISE").at != NULL)
        return false;
    int64_t homology = larger(number_at(values_of(worker, "HOMLEN"), index), 0);
    for (size_t i = 0; i < sizeof INTERVALS / sizeof *INTERVALS; i++)
        if (width_of(values_of(worker, INTERVALS[i]), index) > homology)
            return false;
    return true;
}

/* By the 3' rule, as hgvs_genomic names the same change in bases. */
static void structural_name(Worker *worker, uint32_t contig_number, Edit edit, int index, enum Structural kind)
{
    static const char *const ENDINGS[] = {"del", "dup", "inv", NULL, NULL, NULL};
    const Contig *contig = &worker->model->contigs[contig_number];
    Text *text = &worker->hgvsg;
    text->length = 0;
    if (ENDINGS[kind] == NULL || edit.start >= edit.end)
        return;
    if (kind != SV_INVERSION && edges_known(worker, index)) {
        int64_t moved = edit_slack(worker, contig_number, &edit, 1);
        edit.start += moved, edit.end += moved;
    }
    uint32_t length;
    const char *name = model_string(worker->model, contig->accession, &length);
    text_add(text, name, length);
    text_string(text, contig->flags & CONTIG_MITOCHONDRIAL ? ":m." : ":g.");
    text_number(text, contig_position(contig, edit.start) + 1);
    if (edit.end - edit.start > 1) {
        text_char(text, '_');
        text_number(text, contig_position(contig, edit.end - 1) + 1);
    }
    text_string(text, ENDINGS[kind]);
}

enum Reason symbolic_effects(Worker *worker, uint32_t contig_number, int64_t position, int index, enum Structural kind)
{
    const Contig *contig = &worker->model->contigs[contig_number];
    int64_t size = number_at(values_of(worker, "SVLEN"), index), last = number_at(values_of(worker, "END"), 0);
    int64_t start = position + 1, end = symbol_end(start, kind, size, last);
    bool beyond = end > contig->length && !(contig->flags & CONTIG_CIRCULAR) && kind != SV_INSERTION;
    if (end < 0 || beyond || end - start > contig->length)
        return UNKNOWN_END;
    effects_of_structural(worker, contig_number, start, end, kind);
    known_structural(worker, &(Extent){contig_number, start, end, kind == SV_INSERTION}, index);
    structural_name(worker, contig_number, (Edit){start, end, NULL, 0}, index, kind);
    return REASON_NONE;
}
