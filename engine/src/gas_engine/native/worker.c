/* Workers: what one thread needs to annotate blocks of whole lines, and the functions that Python calls. */
#include "engine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void *grow(void *memory, size_t size)
{
    return realloc(memory, size);
}

/* Asking the clock costs as much as a quick record: so it is asked now and then. */
bool is_late(Worker *worker, uint32_t weight)
{
    enum { BETWEEN = 256 };
    if (worker->options.last_cpu_nanosecond == 0 || worker->late)
        return worker->late;
    if (worker->until_clock > weight) {
        worker->until_clock -= weight;
        return false;
    }
    worker->until_clock = BETWEEN;
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    worker->late = used.tv_sec * INT64_C(1000000000) + used.tv_nsec > worker->options.last_cpu_nanosecond;
    return worker->late;
}

static uint32_t hash(const char *bytes, size_t length)
{
    uint32_t value = 2166136261u;
    for (size_t i = 0; i < length; i++)
        value = (value ^ (uint8_t)bytes[i]) * 16777619u;
    return value;
}

/* ---- names of contigs ----------------------------------------------------------------------------------------------------- */

int32_t names_find(const Names *names, const char *name, size_t length)
{
    for (uint32_t slot = hash(name, length);; slot++) {
        const Name *one = &names->slots[slot & (names->size - 1)];
        if (one->name == NULL)
            return CONTIG_UNKNOWN;
        if (one->length == length && memcmp(one->name, name, length) == 0)
            return one->contig;
    }
}

/* Takes the names of a file's contigs, one a line, each with its contig of the model. */
int gas_worker_names(Worker *worker, const char *text, size_t length, const int32_t *contigs, uint32_t count)
{
    Names names = {.size = 16};
    while (names.size < 2 * count)
        names.size *= 2;
    names.slots = calloc(names.size, sizeof *names.slots);
    names.text = malloc(length + 1);
    if (names.slots == NULL || names.text == NULL) {
        free(names.slots);
        free(names.text);
        return -1;
    }
    memcpy(names.text, text, length);
    const char *at = names.text, *end = names.text + length;
    for (uint32_t i = 0; i < count && at <= end; i++) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (line_end == NULL)
            line_end = end;
        uint32_t slot = hash(at, (size_t)(line_end - at));
        while (names.slots[slot & (names.size - 1)].name != NULL)
            slot++;
        names.slots[slot & (names.size - 1)] = (Name){at, (uint32_t)(line_end - at), contigs[i]};
        at = line_end + 1;
    }
    free(worker->names.slots);
    free(worker->names.text);
    worker->names = names;
    return 0;
}

static bool seen_grown(Worker *worker, const char *text)
{
    Seen *seen = &worker->seen;
    uint32_t capacity = seen->capacity ? 2 * seen->capacity : 64;
    SeenName *names = realloc(seen->names, capacity * sizeof *names);
    if (names == NULL)
        return false;
    seen->names = names;
    seen->capacity = capacity;
    uint32_t *slots = calloc(2 * (size_t)capacity, sizeof *slots);
    if (slots == NULL)
        return false;
    free(seen->slots);
    seen->slots = slots;
    seen->slot_count = 2 * capacity;
    for (uint32_t i = 0; i < seen->count; i++) {
        uint32_t slot = hash(text + names[i].offset, names[i].length);
        while (slots[slot & (seen->slot_count - 1)] != 0)
            slot++;
        slots[slot & (seen->slot_count - 1)] = i + 1;
    }
    return true;
}

static bool same_name(const SeenName *one, const char *text, const char *name, size_t length)
{
    return one->length == length && memcmp(text + one->offset, name, length) == 0;
}

SeenName *seen_name(Worker *worker, const char *text, const char *name, size_t length)
{
    Seen *seen = &worker->seen;
    if (seen->count > 0 && same_name(&seen->names[seen->last], text, name, length))
        return &seen->names[seen->last];
    if (seen->count == seen->capacity && !seen_grown(worker, text))
        return NULL;
    uint32_t slot = hash(name, length);
    for (;; slot++) {
        uint32_t number = seen->slots[slot & (seen->slot_count - 1)];
        if (number == 0)
            break;
        if (same_name(&seen->names[number - 1], text, name, length)) {
            seen->last = number - 1;
            return &seen->names[number - 1];
        }
    }
    seen->slots[slot & (seen->slot_count - 1)] = seen->count + 1;
    seen->last = seen->count++;
    seen->names[seen->last] = (SeenName){(uint32_t)(name - text), (uint32_t)length, names_find(&worker->names, name, length), 0, 0, 0, 0};
    return &seen->names[seen->last];
}

/* ---- the life of a worker -------------------------------------------------------------------------------------------------- */

void gas_worker_free(Worker *worker)
{
    if (worker == NULL)
        return;
    Text *texts[] = {&worker->output, &worker->problems, &worker->rows, &worker->scratch, &worker->entries, &worker->ann_entries,
                     &worker->mrna, &worker->alternative, &worker->upper, &worker->slip_ref, &worker->slip_alt,
                     &worker->residues_ref, &worker->residues_alt, &worker->ref_upper, &worker->alt_upper, &worker->detail,
                     &worker->allele_left, &worker->allele_right, &worker->hgvsg, &worker->known_key};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        text_free(texts[i]);
    lookups_free(worker->known);
    free(worker->names.slots);
    free(worker->names.text);
    free(worker->seen.names);
    free(worker->seen.slots);
    free(worker->windows);
    free(worker->effects);
    free(worker->positions);
    free(worker->gene_counts);
    free(worker->gene_stamps);
    free(worker->effect_of);
    if (worker->sequence >= 0)
        close(worker->sequence);
    free(worker);
}

Worker *gas_worker_new(const Model *model, const Options *options, const char *tag, const char *ann_tag)
{
    Worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return NULL;
    worker->model = model;
    worker->options = *options;
    worker->windows = calloc(WINDOWS, sizeof *worker->windows);
    worker->last = worker->windows;
    /* Opened anew: a forked child may have been told to close what its parent had open. */
    worker->sequence = open(model->sequence, O_RDONLY | O_CLOEXEC);
    worker->gene_counts = calloc(model->gene_count + 1, sizeof *worker->gene_counts);
    worker->gene_stamps = calloc(model->gene_count + 1, sizeof *worker->gene_stamps);
    worker->effect_of = calloc(model->transcript_count + 1, sizeof *worker->effect_of);
    if (worker->sequence < 0)
        worker->unreadable = true;
    if (!worker->windows || !worker->gene_counts || !worker->gene_stamps || !worker->effect_of
        || strlen(tag) >= sizeof worker->tag || strlen(ann_tag) >= sizeof worker->ann_tag
        || gas_worker_names(worker, "", 0, NULL, 0) != 0) {
        gas_worker_free(worker);
        return NULL;
    }
    strcpy(worker->tag, tag);
    strcpy(worker->ann_tag, ann_tag);
    return worker;
}

static bool memory_ran_out(const Worker *worker)
{
    return worker->no_memory || worker->output.failed || worker->problems.failed || worker->rows.failed || worker->scratch.failed
           || worker->entries.failed || worker->ann_entries.failed || worker->mrna.failed || worker->alternative.failed
           || worker->upper.failed || worker->slip_ref.failed || worker->slip_alt.failed || worker->residues_ref.failed
           || worker->residues_alt.failed || worker->ref_upper.failed || worker->alt_upper.failed || worker->detail.failed
           || worker->allele_left.failed || worker->allele_right.failed || worker->hgvsg.failed || worker->known_key.failed
           || (worker->known != NULL && (worker->known->text.failed || worker->known->ids.failed || worker->known->existing.failed));
}

static void fail(Block *block, enum BlockError error, int64_t line, const char *text, const char *at, size_t length)
{
    block->error = error;
    block->error_line = line;
    block->error_offset = at - text;
    block->error_length = (int64_t)length;
}

static void take_lines(Worker *worker, const char *text, size_t length, int64_t first_line, Block *block)
{
    const char *at = text, *end = text + length;
    const char *zero = memchr(text, 0, length);
    int64_t number = first_line;
    for (; at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line = (size_t)((newline ? newline : end) - at);
        const char *next = newline ? newline + 1 : end;
        if (zero != NULL && zero < next) {
            fail(block, BLOCK_ZERO_BYTE, number, text, at, line);
            return;
        }
        if (line > 0 && at[line - 1] == '\r') {
            worker->tally.windows_ends = 1;
            line--;
        }
        if ((int64_t)line > worker->options.max_line_bytes) {
            fail(block, BLOCK_LONG_LINE, number, text, at, line);
            return;
        }
        if (line == 0)
            worker->tally.blank_lines++;
        else {
            enum BlockError error = take_record(worker, text, at, line, number);
            if (error == BLOCK_FINE && memory_ran_out(worker))
                error = BLOCK_NO_MEMORY;
            if (error == BLOCK_FINE && worker->unreadable)
                error = BLOCK_UNREADABLE;
            if (error == BLOCK_FINE && is_late(worker, 1 + (uint32_t)(line / 1024)))
                error = BLOCK_LATE;
            if (error != BLOCK_FINE) {
                fail(block, error, number, text, at, line);
                return;
            }
            block->records++;
        }
        at = next;
    }
    block->lines = number - first_line;
}

/* Annotates whole lines. What the block points to stays until the worker's next call. */
int gas_worker_block(Worker *worker, const char *text, size_t length, int64_t first_line, Block *block)
{
    *block = (Block){0};
    worker->output.length = worker->problems.length = worker->rows.length = 0;
    worker->position_count = 0;
    worker->seen.count = worker->seen.last = 0;
    if (worker->seen.slots != NULL)
        memset(worker->seen.slots, 0, worker->seen.slot_count * sizeof *worker->seen.slots);
    if (length > UINT32_MAX)
        fail(block, BLOCK_LONG_LINE, first_line, text, text, length);
    else
        take_lines(worker, text, length, first_line, block);
    block->output = worker->output.data, block->output_length = (int64_t)worker->output.length;
    block->problems = worker->problems.data, block->problems_length = (int64_t)worker->problems.length;
    block->rows = worker->rows.data, block->rows_length = (int64_t)worker->rows.length;
    block->positions = worker->positions, block->position_count = (int64_t)worker->position_count;
    block->contigs = worker->seen.names, block->contig_count = worker->seen.count;
    return block->error;
}

const Tally *gas_worker_tally(const Worker *worker)
{
    return &worker->tally;
}

const int64_t *gas_worker_genes(const Worker *worker)
{
    return worker->gene_counts;
}

uint32_t gas_model_contigs(const Model *model)
{
    return model->contig_count;
}

uint32_t gas_model_genes(const Model *model)
{
    return model->gene_count;
}

const char *gas_model_gene(const Model *model, uint32_t number, uint32_t *length)
{
    return model_string(model, model->genes[number], length);
}

const char *gas_term_name(int number) { return number >= 0 && number < TERM_COUNT ? TERMS[number].name : NULL; }
int gas_term_impact(int number) { return number >= 0 && number < TERM_COUNT ? TERMS[number].impact : -1; }
