/* Alleles that are told by a symbol and an interval: what the symbol means, how far it reaches, and its name on the contig.
 *
 * What INFO says of them is found once for a record. An allele's own extent is one of its words; the index knows a
 * record by the farthest of them all, so that whoever goes by another one finds it too.
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

/* ---- what INFO says of them ----------------------------------------------------------------------------------------------- */

/* Number of the next part of a list; -1 where it has none. */
static int64_t next_number(Parts *parts)
{
    const char *part;
    size_t length;
    return next_part(parts, &part, &length) ? number_of(part, length) : -1;
}

static int64_t larger(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

/* A key that stands several times is taken by its first. */
static void take_field(Told *told, const char *field, size_t length)
{
    static const char *const KEYS[TOLD_KEYS] = {
        [TOLD_SVLEN] = "SVLEN", [TOLD_HOMLEN] = "HOMLEN", [TOLD_CIPOS] = "CIPOS", [TOLD_CIEND] = "CIEND",
        [TOLD_CILEN] = "CILEN", [TOLD_END] = "END",       [TOLD_IMPRECISE] = "IMPRECISE",
    };
    for (int key = 0; key < TOLD_KEYS; key++) {
        size_t behind = strlen(KEYS[key]);
        if (!starts_with(field, length, KEYS[key]) || (length > behind && field[behind] != '='))
            continue;
        if (told->values[key].at == NULL)
            told->values[key] = (Parts){field + behind + (length > behind), field + length, ','};
        return;
    }
}

void told_read(Worker *worker)
{
    Told *told = &worker->told;
    const char *info = worker->column[INFO], *field;
    size_t length;
    *told = (Told){.first_widths = {-1, -1, -1}};
    if (memchr(worker->column[ALT], '<', worker->column_length[ALT]) == NULL) { /* of others nothing else is asked */
        if ((info = info_value(worker, "END", 3, &length)) != NULL)
            told->values[TOLD_END] = (Parts){info, info + length, ','};
    } else
        for (Parts fields = {info, info + worker->column_length[INFO], ';'}; next_part(&fields, &field, &length);)
            take_field(told, field, length);
    Parts ends = told->values[TOLD_END];
    told->end = next_number(&ends);
}

/* How many bases the two bounds of the next allele's interval lie apart; one interval alone speaks for all alleles,
 * as it used to. */
static int64_t next_width(Parts *bounds, int64_t *first)
{
    int64_t width = 0;
    const char *bound;
    size_t length;
    int number = 0;
    for (; number < 2 && next_part(bounds, &bound, &length); number++)
        width += larger(number_of(bound, length), 0);
    if (*first < 0)
        *first = width;
    return number > 0 ? width : *first;
}

/* Goes on to an allele: lists are read once, however many alleles there are. */
static void told_of_allele(Told *told, int index)
{
    for (; told->alleles <= index; told->alleles++) {
        told->length = next_number(&told->values[TOLD_SVLEN]);
        int64_t homology = larger(next_number(&told->values[TOLD_HOMLEN]), 0), widest = 0;
        for (int key = TOLD_CIPOS; key <= TOLD_CILEN; key++)
            widest = larger(widest, next_width(&told->values[key], &told->first_widths[key - TOLD_CIPOS]));
        told->edges_known = told->values[TOLD_IMPRECISE].at == NULL && widest <= homology;
    }
}

/* ---- how far they reach --------------------------------------------------------------------------------------------------- */

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
    while (found && next_part(&columns, &part, &length)) {
        Parts values = {part, part + length, ':'};
        for (int i = 0; i < place; i++)
            next_part(&values, &part, &length);
        longest = larger(longest, next_number(&values));
    }
    return longest;
}

int64_t record_end(const Worker *worker, int64_t position, const char *line_end)
{
    const char *alt = worker->column[ALT];
    size_t length = worker->column_length[ALT];
    int64_t end = position + larger((int64_t)worker->column_length[REF], 1);
    end = larger(end, worker->told.end); /* of blocks without alternatives, too, as htslib reads it */
    if (memchr(alt, '<', length) == NULL)
        return end;
    Parts alternatives = {alt, alt + length, ','}, lengths = worker->told.values[TOLD_SVLEN];
    bool block = false;
    while (next_part(&alternatives, &alt, &length)) {
        int64_t told = next_number(&lengths);
        enum Structural kind;
        enum Reason reason = symbol_kind(alt, length, &kind);
        block |= reason == REFERENCE_BLOCK;
        if (reason == REASON_NONE && kind != SV_INSERTION)
            end = larger(end, position + 1 + told);
    }
    return block ? larger(end, position + longest_block(worker, line_end)) : end;
}

/* Where an allele ends that begins at `start`; -1: nobody says it. Inserted bases cover none. VCF 4.4 goes by SVLEN,
 * whatever its sign. Before, SVLEN was by how much ALT is longer than REF, which for most symbols is no extent, and
 * END counts; it is one for all alleles, though. What cannot be, for it leads out of the contig, yields to the
 * other. */
static int64_t allele_end(const Worker *worker, const Contig *contig, int64_t start, enum Structural kind)
{
    const Told *told = &worker->told;
    if (kind == SV_INSERTION)
        return start;
    int64_t by_length = start + told->length, ends[] = {by_length, told->end};
    bool alone = memchr(worker->column[ALT], ',', worker->column_length[ALT]) == NULL;
    if (worker->options.end_first && alone)
        ends[0] = told->end, ends[1] = by_length;
    for (int i = 0; i < 2; i++)
        if (ends[i] > start && ends[i] - start <= contig->length
            && (ends[i] <= contig->length || contig->flags & CONTIG_CIRCULAR))
            return ends[i];
    return -1;
}

/* ---- effects and names ---------------------------------------------------------------------------------------------------- */

/* How HGVS calls what a symbol does; NULL where the symbol does not say it all: <DUP:DISPERSED> does not say where
 * the copy is, and a number of copies not that they lie in tandem. */
static const char *change_name(const char *alt, size_t length)
{
    if (is_text(alt, length, "<DUP>") || is_text(alt, length, "<DUP:TANDEM>"))
        return "dup";
    if (is_text(alt, length, "<DEL>") || starts_with(alt, length, "<DEL:") || starts_with(alt, length, "<CN0>")
        || starts_with(alt, length, "<CN=0>"))
        return "del";
    return is_text(alt, length, "<INV>") || starts_with(alt, length, "<INV:") ? "inv" : NULL;
}

/* By the 3' rule, as hgvs_genomic names the same change in bases. None where the caller does not know the edges, but
 * for what lies alike beside both of them. */
static void structural_name(Worker *worker, uint32_t contig_number, int64_t start, int64_t end, const char *change)
{
    const Contig *contig = &worker->model->contigs[contig_number];
    Text *text = &worker->hgvsg;
    bool turned = change != NULL && strcmp(change, "inv") == 0;
    text->length = 0;
    if (change == NULL || !worker->told.edges_known || end - start < (turned ? 2 : 1))
        return;
    if (!turned && end - start < contig->length) { /* all of a circle lies beside itself wherever it is cut */
        int64_t moved = edit_slack(worker, contig_number, &(Edit){start, end, NULL, 0}, 1);
        start += moved, end += moved;
    }
    uint32_t length;
    const char *name = model_string(worker->model, contig->accession, &length);
    text_add(text, name, length);
    text_string(text, contig->flags & CONTIG_MITOCHONDRIAL ? ":m." : ":g.");
    text_number(text, contig_position(contig, start) + 1);
    if (end - start > 1) {
        text_char(text, '_');
        text_number(text, contig_position(contig, end - 1) + 1);
    }
    text_string(text, change);
}

enum Reason symbolic_effects(Worker *worker, uint32_t contig_number, int64_t position, int index, const char *alt,
                             size_t length, enum Structural kind)
{
    int64_t start = position + 1;
    told_of_allele(&worker->told, index);
    int64_t end = allele_end(worker, &worker->model->contigs[contig_number], start, kind);
    if (end < 0)
        return UNKNOWN_END;
    effects_of_structural(worker, contig_number, start, end, kind);
    known_structural(worker, &(Extent){contig_number, start, end, kind == SV_INSERTION}, index);
    structural_name(worker, contig_number, start, end, change_name(alt, length));
    return REASON_NONE;
}
