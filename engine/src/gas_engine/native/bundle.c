/* Reads a bundle: model.bin is mapped, sequence.bin is read in windows, so that a genome's sequence is never all in memory. */
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTIONS = 12, MAGIC_BYTES = 8 };
static const char MAGIC[MAGIC_BYTES + 1] = "GASREF1\n";

/* The order of the sections in model.bin; each starts at a multiple of 8. */
enum { CONTIGS, STARTS, ENDS, TRANSCRIPTS, EXONS, SLIPS, EXCEPTIONS, BINS, CODES, STRINGS, GENES, SPARE };

typedef struct {
    char magic[MAGIC_BYTES];
    struct {
        uint64_t offset, count;
    } sections[SECTIONS];
} Header;

static const void *section(const Model *model, const Header *header, int number, size_t size, uint32_t *count)
{
    uint64_t offset = header->sections[number].offset, items = header->sections[number].count;
    if (items > UINT32_MAX || offset % 8 != 0 || offset > model->map_size || items > (model->map_size - offset) / size)
        return NULL;
    *count = (uint32_t)items;
    return model->map + offset;
}

static bool sections_found(Model *model)
{
    uint32_t ignored;
    const Header *header = (const Header *)model->map;
    if (model->map_size < sizeof *header || memcmp(header->magic, MAGIC, MAGIC_BYTES) != 0)
        return false;
    model->contigs = section(model, header, CONTIGS, sizeof(Contig), &model->contig_count);
    model->starts = section(model, header, STARTS, sizeof(int32_t), &model->transcript_count);
    model->ends = section(model, header, ENDS, sizeof(int32_t), &ignored);
    model->transcripts = section(model, header, TRANSCRIPTS, sizeof(Transcript), &ignored);
    model->exons = section(model, header, EXONS, sizeof(Exon), &model->exon_count);
    model->slips = section(model, header, SLIPS, sizeof(Segment), &model->slip_count);
    model->exceptions = section(model, header, EXCEPTIONS, sizeof(Exception_), &model->exception_count);
    model->bins = section(model, header, BINS, sizeof(uint32_t), &model->bin_count);
    model->codes = section(model, header, CODES, sizeof(Code), &model->code_count);
    model->strings = section(model, header, STRINGS, 1, &model->strings_size);
    model->genes = section(model, header, GENES, sizeof(uint32_t), &model->gene_count);
    return model->contigs && model->starts && model->ends && model->transcripts && model->exons && model->slips
           && model->exceptions && model->bins && model->codes && model->strings && model->genes;
}

static char *path_in(const char *folder, const char *name)
{
    size_t length = strlen(folder) + strlen(name) + 2;
    char *path = malloc(length);
    if (path != NULL)
        snprintf(path, length, "%s/%s", folder, name);
    return path;
}

Model *gas_model_open(const char *folder)
{
    Model *model = calloc(1, sizeof *model);
    char *path = path_in(folder, "model.bin");
    if (model == NULL || path == NULL) {
        free(path);
        free(model);
        return NULL;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
        void *map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
        if (map != MAP_FAILED) {
            model->map = map;
            model->map_size = (size_t)status.st_size;
        }
    }
    if (file >= 0)
        close(file);
    free(path);
    model->sequence = path_in(folder, "sequence.bin");
    if (model->map == NULL || model->sequence == NULL || !sections_found(model)) {
        gas_model_close(model);
        return NULL;
    }
    return model;
}

void gas_model_close(Model *model)
{
    if (model == NULL)
        return;
    if (model->map != NULL)
        munmap((void *)(uintptr_t)model->map, model->map_size);
    free(model->sequence);
    free(model);
}

const char *model_string(const Model *model, uint32_t offset, uint32_t *length)
{
    memcpy(length, model->strings + offset, sizeof *length);
    return model->strings + offset + sizeof *length;
}

int64_t contig_position(const Contig *contig, int64_t position)
{
    if (!(contig->flags & CONTIG_CIRCULAR) || contig->length == 0)
        return position;
    int64_t wrapped = position % (int64_t)contig->length;
    return wrapped < 0 ? wrapped + contig->length : wrapped;
}

static void fill(Worker *worker, Window *window, uint32_t contig_number, uint32_t number)
{
    static const char LETTERS[] = "=ACMGRSVTWYHKDBN";
    uint8_t packed[WINDOW_BASES / 2];
    const Contig *contig = &worker->model->contigs[contig_number];
    off_t offset = (off_t)(contig->sequence_offset + (uint64_t)number * (WINDOW_BASES / 2));
    size_t wanted = sizeof packed, have = 0;
    while (have < wanted) {
        ssize_t got = pread(worker->sequence, packed + have, wanted - have, offset + (off_t)have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    /* The last window of the last contig ends before a whole window does; nothing else may be short. */
    uint64_t needed = ((uint64_t)contig->length + 1) / 2 - (uint64_t)number * (WINDOW_BASES / 2);
    worker->unreadable |= have < (needed < wanted ? needed : wanted);
    memset(packed + have, 0xff, sizeof packed - have);
    for (size_t i = 0; i < sizeof packed; i++) {
        window->bases[2 * i] = (uint8_t)LETTERS[packed[i] >> 4];
        window->bases[2 * i + 1] = (uint8_t)LETTERS[packed[i] & 15];
    }
    window->contig = contig_number;
    window->number = number;
    window->filled = true;
}

static const Window *window_of(Worker *worker, uint32_t contig, uint32_t number)
{
    Window *window = worker->last;
    if (window->filled && window->contig == contig && window->number == number)
        return window;
    window = &worker->windows[(number + contig * 7919u) % WINDOWS];
    if (!window->filled || window->contig != contig || window->number != number)
        fill(worker, window, contig, number);
    worker->last = window;
    return window;
}

/* The base at a position, around the origin of a circular contig; 0 outside. */
char base_at(Worker *worker, uint32_t contig, int64_t position)
{
    const Contig *facts = &worker->model->contigs[contig];
    position = contig_position(facts, position);
    if (position < 0 || position >= facts->length)
        return 0;
    return (char)window_of(worker, contig, (uint32_t)(position / WINDOW_BASES))->bases[position % WINDOW_BASES];
}

/* Copies bases; false if some lie outside. */
bool bases_at(Worker *worker, uint32_t contig, int64_t position, int64_t count, char *bases)
{
    const Contig *facts = &worker->model->contigs[contig];
    if (count > facts->length)
        return false;
    while (count > 0) {
        int64_t at = contig_position(facts, position);
        if (at < 0 || at >= facts->length)
            return false;
        const Window *window = window_of(worker, contig, (uint32_t)(at / WINDOW_BASES));
        int64_t piece = WINDOW_BASES - at % WINDOW_BASES;
        if (piece > count)
            piece = count;
        if (piece > facts->length - at)
            piece = facts->length - at;
        memcpy(bases, window->bases + at % WINDOW_BASES, (size_t)piece);
        bases += piece;
        position += piece;
        count -= piece;
    }
    return true;
}
