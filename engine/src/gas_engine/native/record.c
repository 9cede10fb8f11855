/* One record: its columns checked, its alleles annotated, its line written with the tag added and nothing else changed. */
#include "engine.h"

#include <string.h>

enum { LONGEST_POSITION = 10, SHOWN_BASES = 40 };

static const char *const REASONS[REASON_COUNT] = {
    [REASON_NONE] = "", [REFERENCE_MISMATCH] = "reference_mismatch", [UNKNOWN_CONTIG] = "unknown_contig",
    [OTHER_CONTIG] = "other_contig", [POSITION_OUTSIDE] = "position_outside", [NOT_BASES] = "not_bases",
    [NO_ALTERNATIVE] = "no_alternative", [TOO_MANY_ALTERNATIVES] = "too_many_alternatives",
    [AMBIGUOUS_BASES] = "ambiguous_bases", [SPANNING_DELETION] = "spanning_deletion",
    [REFERENCE_BLOCK] = "reference_block", [UNKNOWN_SYMBOL] = "unknown_symbol", [UNKNOWN_END] = "unknown_end",
    [TOO_LARGE] = "too_large", [NO_CHANGE] = "no_change",
};
static const char *const REMARKS[REMARK_COUNT] = {"column_count", "entries_cut", "known_cut"};

const char *gas_reason_name(int number) { return number >= 0 && number < REASON_COUNT ? REASONS[number] : NULL; }
const char *gas_remark_name(int number) { return number >= 0 && number < REMARK_COUNT ? REMARKS[number] : NULL; }

/* ---- problems ----------------------------------------------------------------------------------------------------------- */

static void add_shown(Text *text, const char *bytes, size_t length)
{
    size_t shown = length < SHOWN_BASES ? length : SHOWN_BASES;
    text_add(text, bytes, shown);
    if (shown < length)
        text_string(text, "...");
}

/* line, record or allele or remark, reason, CHROM, POS, REF, ALT, and what explains the reason. */
static void problem(Worker *worker, int64_t line, const char *kind, const char *reason, const char *alt, size_t alt_length)
{
    Text *text = &worker->problems;
    text_number(text, line);
    text_char(text, '\t');
    text_string(text, kind);
    text_char(text, '\t');
    text_string(text, reason);
    text_char(text, '\t');
    add_shown(text, worker->column[CHROM], worker->column_length[CHROM]);
    text_char(text, '\t');
    text_add(text, worker->column[POS], worker->column_length[POS]);
    text_char(text, '\t');
    add_shown(text, worker->column[REF], worker->column_length[REF]);
    text_char(text, '\t');
    add_shown(text, alt, alt_length);
    text_char(text, '\t');
    text_add(text, worker->detail.data, worker->detail.length);
    text_char(text, '\n');
    worker->detail.length = 0;
}

static void remark(Worker *worker, int64_t line, enum Remark kind)
{
    worker->tally.remarks[kind]++;
    problem(worker, line, "remark", REMARKS[kind], worker->column[ALT], worker->column_length[ALT]);
}

/* ---- INFO ---------------------------------------------------------------------------------------------------------------- */

const char *info_value(const Worker *worker, const char *key, size_t key_length, size_t *length)
{
    const char *at = worker->column[INFO], *end = at + worker->column_length[INFO];
    while (at < end) {
        const char *found = memmem(at, (size_t)(end - at), key, key_length), *after;
        if (found == NULL)
            return NULL;
        after = found + key_length;
        if ((found == worker->column[INFO] || found[-1] == ';') && (after == end || *after == '=' || *after == ';')) {
            const char *value = after < end && *after == '=' ? after + 1 : after;
            const char *stop = memchr(value, ';', (size_t)(end - value));
            *length = (size_t)((stop ? stop : end) - value);
            return value;
        }
        at = after;
    }
    return NULL;
}

int64_t number_of(const char *text, size_t length)
{
    int64_t number = 0;
    if (length > 0 && (*text == '-' || *text == '+'))
        text++, length--;
    if (length == 0 || length > LONGEST_POSITION)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* ---- one allele ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    int64_t line, position; /* position: of POS, counted from 0 */
    uint32_t contig;
    const char *ref; /* upper case */
    size_t ref_length;
    int annotated, unannotated;
    bool one_base_shown; /* every allele begins with REF's first base, and some have another length: VEP leaves it out */
    enum Reason first_reason;
} Site;

/* A breakend breaks the contig behind POS, or before it where the bases stand last; regions are those of its base. */
static void breakend_effects(Worker *worker, const Site *site, const char *alt, int index)
{
    bool before = *alt == '[' || *alt == ']' || *alt == '.';
    int64_t place = before ? site->position : site->position + 1;
    effects_of_structural(worker, site->contig, place, place, SV_BREAKEND);
    known_structural(worker, &(Extent){site->contig, site->position, site->position + 1, false}, index);
    worker->hgvsg.length = 0;
}

static enum Reason edit_effects(Worker *worker, const Site *site, const char *alt, size_t length, int index)
{
    Text *upper = &worker->alt_upper;
    /* Each entry would hold the allele itself: none could be kept, and each transcript would cost its length several times. */
    if ((int64_t)length > worker->options.max_growth_bytes + (int64_t)site->ref_length)
        return TOO_LARGE;
    if (!text_upper(upper, alt, length))
        return REASON_NONE;
    if (!allele_make(worker, &worker->allele, site->contig, site->position, site->ref, site->ref_length, upper->data, length))
        return NO_CHANGE;
    const Edit *edit = &worker->allele.left;
    if (edit->count > 0 && !is_bases(edit->bases, (size_t)edit->count))
        return AMBIGUOUS_BASES;
    effects_of_allele(worker, &worker->allele);
    known_allele(worker, index);
    worker->hgvsg.length = 0;
    hgvs_genomic(worker, &worker->allele, &worker->hgvsg);
    return REASON_NONE;
}

static bool is_breakend(const char *alt, size_t length)
{
    return length > 1
           && (memchr(alt, '[', length) || memchr(alt, ']', length) || *alt == '.' || alt[length - 1] == '.');
}

/* Fills the worker's effects, or says why there are none; `shown` becomes the allele as VEP shows it. */
static enum Reason allele_effects(Worker *worker, const Site *site, const char *alt, size_t length, int index,
                                  const char **shown, size_t *shown_length)
{
    enum Structural kind = SV_BREAKEND;
    *shown = alt, *shown_length = length;
    worker->scratch.length = 0;
    if (length == 0 || (length == 1 && *alt == '.'))
        return NO_ALTERNATIVE;
    if (is_nucleotides(alt, length)) {
        if (site->one_base_shown) {
            *shown = length > 1 ? alt + 1 : "-";
            *shown_length = length > 1 ? length - 1 : 1;
        }
        return edit_effects(worker, site, alt, length, index);
    }
    if (length == 1 && *alt == '*')
        return SPANNING_DELETION;
    if (*alt == '<') {
        enum Reason reason = symbol_kind(alt, length, &kind);
        if (reason == REASON_NONE)
            reason = symbolic_effects(worker, site->contig, site->position, index, alt, length, kind);
        *shown = symbol_name(kind), *shown_length = strlen(*shown);
        return reason;
    }
    if (is_breakend(alt, length)) {
        breakend_effects(worker, site, alt, index);
        return REASON_NONE;
    }
    return NOT_BASES;
}

/* An allele without consequences. The first one waits: it may turn out to be the whole record. */
static void unannotated(Worker *worker, Site *site, enum Reason reason, const char *alt, size_t length)
{
    site->unannotated++;
    worker->tally.allele_reasons[reason]++;
    if (site->first_reason == REASON_NONE)
        site->first_reason = reason;
    problem(worker, site->line, "allele", REASONS[reason], alt, length);
}

static void take_allele(Worker *worker, Site *site, const char *alt, size_t length, int index)
{
    const char *shown;
    size_t shown_length;
    tally_allele(&worker->tally, worker->column[REF], worker->column_length[REF], alt, length);
    enum Reason reason = allele_effects(worker, site, alt, length, index, &shown, &shown_length);
    if (reason == REASON_NONE) {
        uint32_t wanted = worker->effect_count ? worker->effect_count : 1;
        uint32_t written = write_entries(worker, shown, shown_length, index + 1, alt, length);
        if (written == 0)
            reason = TOO_LARGE;
        else if (written < wanted)
            remark(worker, site->line, REMARK_ENTRIES_CUT);
    }
    if (reason != REASON_NONE) {
        unannotated(worker, site, reason, alt, length);
        return;
    }
    site->annotated++;
    tally_effects(worker);
}

static Parts alternatives_of(const Worker *worker)
{
    return (Parts){worker->column[ALT], worker->column[ALT] + worker->column_length[ALT], ','};
}

/* Whether VEP leaves out the first base: some allele has another length than REF, and all begin alike. */
static bool first_base_is_shared(const Worker *worker, const Site *site)
{
    bool other_length = false;
    Parts alternatives = alternatives_of(worker);
    const char *alt;
    size_t length;
    while (next_part(&alternatives, &alt, &length))
        if (is_nucleotides(alt, length)) {
            if ((alt[0] & ~32) != site->ref[0])
                return false;
            other_length |= length != site->ref_length;
        }
    return other_length;
}

static void take_alleles(Worker *worker, Site *site)
{
    Parts alternatives = alternatives_of(worker);
    const char *alt;
    size_t length, problems_before = worker->problems.length;
    int count = 1;
    for (const char *at = alternatives.at; at < alternatives.end; at++)
        count += *at == ',';
    if (count > worker->options.max_alternatives) {
        site->first_reason = TOO_MANY_ALTERNATIVES;
        return;
    }
    site->one_base_shown = first_base_is_shared(worker, site);
    known_begin(worker, site->line, count);
    for (int index = 0; next_part(&alternatives, &alt, &length); index++) {
        take_allele(worker, site, alt, length, index);
        /* What INFO says of one allele may be most of it. */
        if (is_late(worker, 1 + (uint32_t)((length + site->ref_length + worker->column_length[INFO]) / 1024)))
            break;
    }
    if (site->annotated == 0 && site->unannotated == 1)
        worker->problems.length = problems_before; /* the record's own row says it */
}

/* ---- one record -------------------------------------------------------------------------------------------------------------- */

/* Whether no alternative is written as bases: then REF may be N, as structural callers write it who do not look it up. */
static bool only_structural(const Worker *worker)
{
    Parts alternatives = alternatives_of(worker);
    const char *alt;
    size_t length;
    while (next_part(&alternatives, &alt, &length))
        if (length == 0 || (*alt != '<' && !is_breakend(alt, length)))
            return false;
    return true;
}

/* Checks REF against the reference; counts what it says of the contig: that it fits, that it does not, or nothing. */
static enum Reason check_ref(Worker *worker, Site *site, SeenName *seen)
{
    Text *upper = &worker->ref_upper;
    const char *ref = worker->column[REF];
    size_t length = worker->column_length[REF];
    const Contig *contig = &worker->model->contigs[site->contig];
    if (site->position < 0 || site->position >= contig->length)
        return POSITION_OUTSIDE;
    if (!is_nucleotides(ref, length))
        return NOT_BASES;
    if (!text_upper(upper, ref, length))
        return REASON_NONE;
    bool fitting = length <= contig->length, silent = memchr(upper->data, 'N', length) && only_structural(worker);
    bool spoken = !silent;
    for (size_t i = 0; i < length; i++) {
        if (silent && upper->data[i] == 'N')
            continue;
        spoken = true;
        if (fitting)
            fitting = ref_fits(upper->data[i], base_at(worker, site->contig, site->position + (int64_t)i));
    }
    site->ref = upper->data;
    site->ref_length = length;
    seen->fitting += fitting && spoken;
    seen->contradicting += !fitting;
    seen->silent += fitting && !spoken;
    if (fitting)
        return REASON_NONE;
    text_string(&worker->detail, "the reference has ");
    for (size_t i = 0; i < length && i < SHOWN_BASES; i++) {
        char base = base_at(worker, site->contig, site->position + (int64_t)i);
        if (base != 0)
            text_char(&worker->detail, base);
    }
    return REFERENCE_MISMATCH;
}

static enum Reason annotate(Worker *worker, Site *site, SeenName *seen)
{
    if (seen->contig < 0)
        return seen->contig == CONTIG_UNKNOWN ? UNKNOWN_CONTIG : OTHER_CONTIG;
    site->contig = (uint32_t)seen->contig;
    enum Reason reason = check_ref(worker, site, seen);
    if (reason != REASON_NONE)
        return reason;
    if (worker->column_length[ALT] == 0 || (worker->column_length[ALT] == 1 && *worker->column[ALT] == '.'))
        return NO_ALTERNATIVE;
    take_alleles(worker, site);
    return site->annotated ? REASON_NONE : site->first_reason;
}

static void count_alleles(Worker *worker)
{
    Parts alternatives = alternatives_of(worker);
    const char *alt;
    size_t length;
    for (int count = 0; count < worker->options.max_alternatives && next_part(&alternatives, &alt, &length); count++)
        tally_allele(&worker->tally, worker->column[REF], worker->column_length[REF], alt, length);
}

static void add_tag(Text *output, const char *tag, const Text *entries, bool *first)
{
    if (entries->length == 0)
        return;
    if (!*first)
        text_char(output, ';');
    text_string(output, tag);
    text_char(output, '=');
    text_add(output, entries->data, entries->length);
    *first = false;
}

/* Adds our keys to INFO and fills an empty ID; false if some of what is known had no room. */
static bool write_line(Worker *worker, const char *line, size_t length)
{
    Text *output = &worker->output;
    const char *info = worker->column[INFO], *id = worker->column[ID], *from = line;
    size_t info_length = worker->column_length[INFO], id_length = worker->column_length[ID];
    bool found = worker->known != NULL && worker->known->found;
    if (worker->entries.length + worker->ann_entries.length == 0 && !found) {
        text_add(output, line, length);
        text_char(output, '\n');
        return true;
    }
    const Text *ids = id_length == 0 || (id_length == 1 && *id == '.') ? known_ids(worker, -1, ';') : NULL;
    if (ids != NULL) {
        text_add(output, line, (size_t)(id - line));
        text_add(output, ids->data, ids->length);
        from = id + id_length;
    }
    size_t before = output->length;
    bool empty = info_length == 0 || (info_length == 1 && *info == '.');
    text_add(output, from, (size_t)(info - from) + (empty ? 0 : info_length));
    bool first = empty || info[info_length - 1] == ';';
    add_tag(output, worker->tag, &worker->entries, &first);
    add_tag(output, worker->ann_tag, &worker->ann_entries, &first);
    bool whole = known_add_info(worker, output, &first);
    if (empty && first) { /* only an ID was found: INFO stays as it was */
        output->length = before;
        text_add(output, from, (size_t)(info - from) + info_length);
    }
    const char *rest = info + info_length;
    text_add(output, rest, (size_t)(line + length - rest));
    text_char(output, '\n');
    return whole;
}

static size_t count_tabs(const char *text, size_t length)
{
    size_t count = 0;
    while (length > 0) {
        size_t piece = length < 255 ? length : 255;
        uint8_t some = 0;
        for (size_t i = 0; i < piece; i++)
            some = (uint8_t)(some + (text[i] == '\t'));
        count += some;
        text += piece;
        length -= piece;
    }
    return count;
}

static enum BlockError split(Worker *worker, const char *line, size_t length)
{
    const char *at = line, *end = line + length;
    for (int i = 0; i < FIXED; i++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        if (tab == NULL && i + 1 < FIXED)
            return *line == '#' ? BLOCK_SECOND_HEADER : BLOCK_NOT_A_RECORD;
        worker->column[i] = at;
        worker->column_length[i] = (size_t)((tab ? tab : end) - at);
        at = tab ? tab + 1 : end;
    }
    if (*line == '#')
        return BLOCK_SECOND_HEADER;
    if (worker->column_length[CHROM] == 0)
        return BLOCK_NO_CONTIG;
    for (size_t i = 0; i < worker->column_length[POS]; i++)
        if (worker->column[POS][i] < '0' || worker->column[POS][i] > '9')
            return BLOCK_BAD_POSITION;
    return worker->column_length[POS] == 0 || worker->column_length[POS] > LONGEST_POSITION ? BLOCK_BAD_POSITION : BLOCK_FINE;
}

static bool add_position(Worker *worker, const Position *position)
{
    if (worker->position_count == worker->position_capacity) {
        size_t wanted = worker->position_capacity ? worker->position_capacity * 2 : 4096;
        Position *grown = grow(worker->positions, wanted * sizeof *grown);
        if (grown == NULL)
            return false;
        worker->positions = grown;
        worker->position_capacity = wanted;
    }
    worker->positions[worker->position_count++] = *position;
    return true;
}

enum BlockError take_record(Worker *worker, const char *text, const char *line, size_t length, int64_t number)
{
    size_t ignored;
    enum BlockError error = split(worker, line, length);
    if (error != BLOCK_FINE)
        return error;
    if ((worker->options.csq && info_value(worker, worker->tag, strlen(worker->tag), &ignored))
        || (worker->options.ann && info_value(worker, worker->ann_tag, strlen(worker->ann_tag), &ignored)))
        return BLOCK_OWN_TAG;
    if (known_has_key(worker))
        return BLOCK_OWN_TAG;
    known_begin(worker, number, 0);
    SeenName *seen = seen_name(worker, text, worker->column[CHROM], worker->column_length[CHROM]);
    if (seen == NULL)
        return BLOCK_NO_MEMORY;
    int64_t position = number_of(worker->column[POS], worker->column_length[POS]) - 1;
    told_read(worker);
    Position place = {worker->output.length, (int32_t)(seen - worker->seen.names), position,
                      record_end(worker, position, line + length)};
    Site site = {.line = number, .position = position};
    worker->entries.length = worker->ann_entries.length = worker->detail.length = 0;
    worker->tally.records++;
    seen->records++;
    enum Reason reason = annotate(worker, &site, seen);
    if (reason != REASON_NONE) {
        worker->tally.record_reasons[reason]++;
        int64_t *first = &worker->tally.first_lines[reason];
        if (*first == 0 || number < *first)
            *first = number;
        if (site.unannotated == 0)
            count_alleles(worker);
        problem(worker, number, "record", REASONS[reason], worker->column[ALT], worker->column_length[ALT]);
    } else
        worker->tally.annotated_records++;
    if (worker->options.columns > 0 && count_tabs(line, length) + 1 != (size_t)worker->options.columns)
        remark(worker, number, REMARK_COLUMN_COUNT);
    if (!write_line(worker, line, length))
        remark(worker, number, REMARK_KNOWN_CUT);
    return add_position(worker, &place) ? BLOCK_FINE : BLOCK_NO_MEMORY;
}
