/* What sources say of the alleles of a record: collected allele by allele, then written into INFO, ID and the table. */
#include "engine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_IDS = 32 };

/* ---- the sources of a worker ------------------------------------------------------------------------------------------------ */

void lookups_free(Lookups *lookups)
{
    if (lookups == NULL)
        return;
    for (uint32_t i = 0; i < lookups->source_count; i++) {
        for (int k = 0; k < KEPT_BLOCKS; k++)
            free(lookups->sources[i].kept[k].bytes);
        if (lookups->sources[i].file >= 0)
            close(lookups->sources[i].file);
    }
    free(lookups->sources);
    free(lookups->keys);
    free(lookups->key_text);
    free(lookups->values);
    text_free(&lookups->text);
    text_free(&lookups->ids);
    text_free(&lookups->existing);
    free(lookups);
}

/* How many bytes all keys of a source begin with: one look for them tells of most records that they hold none. */
static void find_prefix(const Lookups *lookups, KnownSource *source)
{
    const KnownName *first = &lookups->keys[source->first_column];
    source->prefix_length = first->length;
    for (uint32_t i = 1; i < source->known->header.columns; i++) {
        uint32_t alike = 0;
        while (alike < source->prefix_length && alike < first[i].length && first->text[alike] == first[i].text[alike])
            alike++;
        source->prefix_length = alike;
    }
}

static bool take_keys(Lookups *lookups, const char *keys, size_t length, const uint8_t *fills)
{
    lookups->keys = calloc(lookups->column_count + 1, sizeof *lookups->keys);
    lookups->key_text = malloc(length + 1);
    if (lookups->keys == NULL || lookups->key_text == NULL)
        return false;
    memcpy(lookups->key_text, keys, length);
    const char *at = lookups->key_text, *end = at + length;
    for (uint32_t i = 0; i < lookups->column_count; i++) {
        const char *stop = at <= end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        if (stop == NULL)
            stop = end;
        lookups->keys[i] = (KnownName){at, (uint32_t)(stop - at), fills[i]};
        at = stop < end ? stop + 1 : end;
    }
    return true;
}

/* Gives a worker its sources, and the INFO keys of all their columns, one a line. -1: no memory, -2: a file is gone. */
int gas_worker_known(Worker *worker, const Known *const *known, uint32_t count, const char *keys, size_t length,
                     const uint8_t *fills)
{
    Lookups *lookups = calloc(1, sizeof *lookups);
    if (lookups == NULL || (lookups->sources = calloc(count + 1, sizeof *lookups->sources)) == NULL) {
        free(lookups);
        return -1;
    }
    int result = 0;
    for (uint32_t i = 0; i < count; i++) {
        KnownSource *source = &lookups->sources[lookups->source_count++];
        source->known = known[i];
        source->first_column = lookups->column_count;
        lookups->column_count += known[i]->header.columns;
        source->file = open(known[i]->path, O_RDONLY | O_CLOEXEC);
        if (source->file < 0)
            result = -2;
    }
    if (result == 0 && (lookups->column_count > MOST_COLUMNS || !take_keys(lookups, keys, length, fills)))
        result = -1;
    if (result != 0) {
        lookups_free(lookups);
        return result;
    }
    for (uint32_t i = 0; i < count; i++)
        if (known[i]->header.columns > 0)
            find_prefix(lookups, &lookups->sources[i]);
    lookups_free(worker->known);
    worker->known = lookups;
    return 0;
}

/* How many alleles and records a source knew. */
void gas_worker_known_counts(const Worker *worker, uint32_t source, int64_t counts[2])
{
    counts[0] = worker->known->sources[source].alleles;
    counts[1] = worker->known->sources[source].records;
}

/* Whether a record has one of our keys already. */
bool known_has_key(const Worker *worker)
{
    const Lookups *lookups = worker->known;
    if (lookups == NULL)
        return false;
    for (uint32_t i = 0; i < lookups->source_count; i++) {
        const KnownSource *source = &lookups->sources[i];
        const KnownName *keys = &lookups->keys[source->first_column];
        uint32_t columns = source->known->header.columns;
        if (columns == 0 || memmem(worker->column[7], worker->column_length[7], keys->text, source->prefix_length) == NULL)
            continue;
        for (uint32_t k = 0; k < columns; k++) {
            size_t ignored;
            if (info_value(worker, keys[k].text, keys[k].length, &ignored))
                return true;
        }
    }
    return false;
}

/* ---- one record -------------------------------------------------------------------------------------------------------------- */

/* Makes room for the values of a record's alleles; all are unknown. */
void known_begin(Worker *worker, int64_t line, int alleles)
{
    Lookups *lookups = worker->known;
    if (lookups == NULL)
        return;
    lookups->line = line;
    lookups->found = lookups->cut = false;
    lookups->text.length = 0;
    lookups->written = 0;
    size_t wanted = (size_t)alleles * lookups->column_count;
    lookups->alleles = 0;
    lookups->index = -1;
    if (wanted > lookups->capacity) {
        uint64_t *values = realloc(lookups->values, wanted * sizeof *values);
        if (values == NULL) {
            worker->no_memory = true;
            return;
        }
        lookups->values = values, lookups->capacity = wanted;
    }
    lookups->alleles = alleles;
    if (wanted > 0)
        memset(lookups->values, 0, wanted * sizeof *lookups->values);
}

static void count(Lookups *lookups, KnownSource *source)
{
    lookups->found = true;
    source->alleles++;
    if (source->line != lookups->line)
        source->records++;
    source->line = lookups->line;
}

static uint64_t *values_of(const Lookups *lookups, int index)
{
    return lookups->values + (size_t)index * lookups->column_count;
}

static void add_text(Text *text, const Known *known, const KnownColumn *column, uint64_t number)
{
    if (number >= column->count)
        return;
    const char *base = (const char *)known->map - known->header.index;
    uint32_t place[2], end; /* end: as far as the texts were found to lie in the file */
    memcpy(place, base + column->offsets + 4 * number, sizeof place);
    memcpy(&end, base + column->offsets + 4 * (uint64_t)column->count, sizeof end);
    if (place[0] <= place[1] && place[1] <= end)
        text_add(text, base + column->text + place[0], place[1] - place[0]);
}

/* A number of six digits: as printf's %g writes it, in any locale. */
static void add_decimal(Text *text, uint64_t value)
{
    enum { MOST_DIGITS = 6, EXPONENT_ZERO = 64, LEAST_PLAIN = -4 };
    uint64_t mantissa = value >> 8;
    int exponent = (int)(value >> 1 & 127) - EXPONENT_ZERO, digits = 1;
    if (value & 1)
        text_char(text, '-');
    char sign[24];
    for (uint64_t rest = mantissa; rest >= 10; rest /= 10)
        digits++;
    for (int i = digits - 1; i >= 0; i--, mantissa /= 10)
        sign[i] = (char)('0' + mantissa % 10);
    int first = digits - 1 + exponent; /* the exponent of the first digit */
    if (first < LEAST_PLAIN || first >= MOST_DIGITS) {
        text_char(text, sign[0]);
        if (digits > 1) {
            text_char(text, '.');
            text_add(text, sign + 1, (size_t)digits - 1);
        }
        text_string(text, first < 0 ? "e-" : "e+");
        if (abs(first) < 10)
            text_char(text, '0');
        text_number(text, abs(first));
        return;
    }
    if (first < 0) {
        text_string(text, "0.");
        for (int i = -1; i > first; i--)
            text_char(text, '0');
        text_add(text, sign, (size_t)digits);
        return;
    }
    for (int i = 0; i < digits || i <= first; i++) {
        if (i == first + 1)
            text_char(text, '.');
        text_char(text, i < digits ? sign[i] : '0');
    }
}

/* A stored value as text; 0 is none. */
static void add_value(Text *text, const Known *known, const KnownColumn *column, uint64_t value)
{
    switch (column->kind) {
    case VALUE_TEXT:
        add_text(text, known, column, value - 1);
        break;
    case VALUE_NUMBER:
        add_decimal(text, value - 1);
        break;
    case VALUE_INTEGER:
        if ((value - 1) & 1)
            text_char(text, '-');
        text_number(text, (int64_t)((value - 1) >> 1));
        break;
    case VALUE_IDENTIFIER: /* even: a number behind the usual letters, which are the first text; odd: a text */
        if ((value - 1) & 1)
            add_text(text, known, column, (value - 1) >> 1);
        else {
            add_text(text, known, column, 0);
            text_number(text, (int64_t)((value - 1) >> 1));
        }
        break;
    }
}

/* Regions of one source are joined: what each column says of them, a text of its own in `text`, its length before it. */
static void take_region(Worker *worker, KnownSource *source, const KeptBlock *kept, uint32_t row)
{
    Lookups *lookups = worker->known;
    uint64_t *values = values_of(lookups, lookups->index) + source->first_column;
    for (uint32_t i = 0; i < source->known->header.columns; i++) {
        uint64_t value = known_value(kept, i, row);
        if (value == 0)
            continue;
        Text *text = &lookups->text;
        uint64_t before = values[i];
        size_t at = text->length;
        text_add(text, "\0\0\0\0", 4);
        if (before != 0) {
            uint32_t length;
            memcpy(&length, text->data + before - 1, sizeof length);
            if (!text_reserve(text, length + 1))
                return;
            text_add(text, text->data + before - 1 + 4, length);
            text_char(text, '&');
        }
        add_value(text, source->known, &source->known->columns[i], value);
        if (text->failed)
            return;
        uint32_t length = (uint32_t)(text->length - at - 4);
        memcpy(text->data + at, &length, sizeof length);
        values[i] = at + 1;
    }
    source->in_region = true;
}

/* ---- writing ------------------------------------------------------------------------------------------------------------------ */

static void add_cell(const Lookups *lookups, Text *text, const KnownSource *source, uint32_t column, uint64_t value)
{
    if (source->known->header.kind == KNOWN_REGIONS) {
        uint32_t length;
        memcpy(&length, lookups->text.data + value - 1, sizeof length);
        text_add(text, lookups->text.data + value - 1 + 4, length);
    } else
        add_value(text, source->known, &source->known->columns[column], value);
}

/* One key with a value for each allele, where any has one. */
static void add_key(const Lookups *lookups, Text *output, const KnownSource *source, uint32_t column, bool *first)
{
    uint32_t number = source->first_column + column;
    int known = 0;
    while (known < lookups->alleles && values_of(lookups, known)[number] == 0)
        known++;
    if (known == lookups->alleles)
        return;
    if (!*first)
        text_char(output, ';');
    *first = false;
    text_add(output, lookups->keys[number].text, lookups->keys[number].length);
    for (int i = 0; i < lookups->alleles; i++) {
        text_char(output, i ? ',' : '=');
        uint64_t value = values_of(lookups, i)[number];
        if (value == 0)
            text_char(output, '.');
        else
            add_cell(lookups, output, source, column, value);
    }
}

/* Adds what is known to INFO; false if some of it had no room, or an allele lies in more regions than are named. */
bool known_add_info(const Worker *worker, Text *output, bool *first)
{
    const Lookups *lookups = worker->known;
    if (lookups == NULL || !lookups->found)
        return true;
    size_t start = output->length;
    for (uint32_t i = 0; i < lookups->source_count; i++)
        for (uint32_t k = 0; k < lookups->sources[i].known->header.columns; k++) {
            size_t before = output->length;
            bool first_before = *first;
            add_key(lookups, output, &lookups->sources[i], k, first);
            if ((int64_t)(output->length - start) > worker->options.max_growth_bytes) {
                output->length = before;
                *first = first_before;
                return false;
            }
        }
    return !lookups->cut;
}

/* The columns of one allele in the table, a tab before each. */
void known_add_row(const Worker *worker, Text *text, int index)
{
    Lookups *lookups = worker->known;
    if (lookups == NULL)
        return;
    size_t start = text->length;
    for (uint32_t i = 0; i < lookups->source_count; i++)
        for (uint32_t k = 0; k < lookups->sources[i].known->header.columns; k++) {
            text_char(text, '\t');
            uint64_t value = index < lookups->alleles ? values_of(lookups, index)[lookups->sources[i].first_column + k] : 0;
            size_t before = text->length;
            if (value != 0)
                add_cell(lookups, text, &lookups->sources[i], k, value);
            if ((int64_t)(lookups->written + text->length - start) > worker->options.max_growth_bytes)
                text->length = before;
        }
    lookups->written += text->length - start;
}

static bool listed(const Text *ids, const char *id, size_t length, char between)
{
    const char *at = ids->data, *end = ids->data + ids->length;
    while (at < end) {
        const char *stop = memchr(at, between, (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        if ((size_t)(stop - at) == length && memcmp(at, id, length) == 0)
            return true;
        at = stop + 1;
    }
    return false;
}

/* Adds the identifiers that a value holds, of several with & between them, each once. */
static void add_ids(Lookups *lookups, const char *at, size_t length, char between, int *told)
{
    const char *end = at + length;
    while (at < end && *told < MOST_IDS) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        if (stop > at && !listed(&lookups->ids, at, (size_t)(stop - at), between)) {
            if (lookups->ids.length > 0)
                text_char(&lookups->ids, between);
            text_add(&lookups->ids, at, (size_t)(stop - at));
            (*told)++;
        }
        at = stop + 1;
    }
}

static void add_ids_of_allele(Lookups *lookups, int allele, char between, int *told)
{
    Text *one = &lookups->text; /* behind the regions' texts there is room to write in */
    for (uint32_t i = 0; i < lookups->source_count; i++)
        for (uint32_t k = 0; k < lookups->sources[i].known->header.columns; k++) {
            const KnownSource *source = &lookups->sources[i];
            uint64_t value = values_of(lookups, allele)[source->first_column + k];
            if (!lookups->keys[source->first_column + k].fills || value == 0)
                continue;
            size_t start = one->length;
            add_value(one, source->known, &source->known->columns[k], value);
            if (!one->failed)
                add_ids(lookups, one->data + start, one->length - start, between, told);
            one->length = start;
        }
}

/* The identifiers of an allele, or of all (-1), each once; NULL where there are none. */
const Text *known_ids(const Worker *worker, int index, char between)
{
    Lookups *lookups = worker->known;
    if (lookups == NULL || !lookups->found)
        return NULL;
    lookups->ids.length = 0;
    int told = 0, last = index < 0 || index >= lookups->alleles ? lookups->alleles : index + 1;
    for (int allele = index < 0 ? 0 : index; allele < last; allele++)
        add_ids_of_allele(lookups, allele, between, &told);
    return lookups->ids.length > 0 ? &lookups->ids : NULL;
}

/* ---- one allele ---------------------------------------------------------------------------------------------------------------- */

/* What a source says of an allele by its key goes into the values. */
static void ask_alleles(Worker *worker, KnownSource *source, uint32_t contig, const KnownKey *key)
{
    const KeptBlock *kept;
    int64_t row = known_row(worker, source, contig, key, &kept);
    if (row < 0)
        return;
    uint64_t *values = values_of(worker->known, worker->known->index) + source->first_column;
    for (uint32_t k = 0; k < source->known->header.columns; k++)
        values[k] = known_value(kept, k, (uint32_t)row);
    count(worker->known, source);
}

static void ask_regions(Worker *worker, KnownSource *source, const Extent *extent)
{
    source->in_region = false;
    worker->known->cut |= !known_regions(worker, source, extent, take_region);
    if (source->in_region)
        count(worker->known, source);
}

/* Asks all sources of allele `index` of the record: by its key if it has one, and of regions by what it touches. */
static void ask(Worker *worker, const KnownKey *key, const Extent *extent, int index)
{
    Lookups *lookups = worker->known;
    lookups->index = index;
    for (uint32_t i = 0; i < lookups->source_count; i++) {
        KnownSource *source = &lookups->sources[i];
        if (source->known->header.kind == KNOWN_REGIONS)
            ask_regions(worker, source, extent);
        else if (key != NULL)
            ask_alleles(worker, source, extent->contig, key);
    }
    lookups->existing.length = 0;
    const Text *ids = known_ids(worker, index, '&');
    if (ids != NULL)
        text_add(&lookups->existing, ids->data, ids->length);
}

/* Asks all sources of the worker's allele. */
void known_allele(Worker *worker, int index)
{
    if (worker->known == NULL || index >= worker->known->alleles)
        return;
    const Allele *allele = &worker->allele;
    KnownKey key;
    known_key(worker, allele, &key);
    bool insertion = allele->left.start == allele->left.end;
    Extent extent = {allele->contig, allele->left.start, allele->right.end, insertion};
    ask(worker, &key, &extent, index);
}

/* Asks those of regions of an allele that no bases spell; the rows of other sources are bases. */
void known_structural(Worker *worker, const Extent *extent, int index)
{
    if (worker->known != NULL && index < worker->known->alleles)
        ask(worker, NULL, extent, index);
}

/* The identifiers of an allele, as the entries of all its transcripts show them. */
void known_add_existing(const Worker *worker, Text *text, int index)
{
    const Lookups *lookups = worker->known;
    if (lookups != NULL && lookups->found && lookups->index == index)
        text_add(text, lookups->existing.data, lookups->existing.length);
}
