/* Known variants: a source's file, opened, and what it says of an allele or of the regions that an allele lies in.
 *
 * A file is blocks of rows, sorted by contig and place, and an index of them. The index and the texts are mapped; blocks are
 * read when an allele falls into them, so that a hundred million rows do not count as memory. known_file.py writes it.
 */
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char MAGIC[] = "GASKNW1\n";

static bool within(const Known *known, uint64_t offset, uint64_t count, size_t size)
{
    return offset >= known->header.index && offset <= known->size && count <= (known->size - offset) / size;
}

static const void *mapped(const Known *known, uint64_t offset)
{
    return known->map + (offset - known->header.index);
}

static bool tables_found(Known *known)
{
    const KnownHeader *header = &known->header;
    if (header->kind > KNOWN_REGIONS || header->columns > MOST_COLUMNS)
        return false;
    if (!within(known, header->contig_table, header->contigs, sizeof(KnownContig))
        || !within(known, header->block_table, header->blocks, sizeof(KnownBlock))
        || !within(known, header->column_table, header->columns, sizeof(KnownColumn)))
        return false;
    known->contigs = mapped(known, header->contig_table);
    known->blocks = mapped(known, header->block_table);
    known->columns = mapped(known, header->column_table);
    for (uint32_t i = 0; i < header->contigs; i++)
        if (known->contigs[i].first > header->blocks || known->contigs[i].count > header->blocks - known->contigs[i].first)
            return false;
    for (uint32_t i = 0; i < header->columns; i++) {
        const KnownColumn *column = &known->columns[i];
        if (column->kind > VALUE_IDENTIFIER || !within(known, column->offsets, (uint64_t)column->count + 1, sizeof(uint32_t)))
            return false;
        const uint32_t *offsets = mapped(known, column->offsets);
        if (!within(known, column->text, offsets[column->count], 1))
            return false;
    }
    return true;
}

void gas_known_close(Known *known)
{
    if (known == NULL)
        return;
    if (known->map != NULL)
        munmap((void *)(uintptr_t)known->map, known->size - known->header.index);
    free(known->path);
    free(known);
}

Known *gas_known_open(const char *path)
{
    Known *known = calloc(1, sizeof *known);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (known != NULL && file >= 0 && fstat(file, &status) == 0
        && pread(file, &known->header, sizeof known->header, 0) == (ssize_t)sizeof known->header
        && memcmp(known->header.magic, MAGIC, sizeof known->header.magic) == 0
        && known->header.index < (uint64_t)status.st_size) {
        known->size = (uint64_t)status.st_size;
        void *map = mmap(NULL, known->size - known->header.index, PROT_READ, MAP_SHARED, file, (off_t)known->header.index);
        known->map = map == MAP_FAILED ? NULL : map;
        known->path = strdup(path);
    }
    if (file >= 0)
        close(file);
    if (known != NULL && (known->map == NULL || known->path == NULL || !tables_found(known))) {
        gas_known_close(known);
        return NULL;
    }
    return known;
}

/* What a file holds, KNOWN_ALLELES or KNOWN_REGIONS, and the kind of each of its columns; how many these are comes back. */
uint32_t gas_known_columns(const Known *known, uint32_t *holds, uint32_t kinds[MOST_COLUMNS])
{
    *holds = known->header.kind;
    for (uint32_t i = 0; i < known->header.columns; i++)
        kinds[i] = known->columns[i].kind;
    return known->header.columns;
}

/* ---- blocks ------------------------------------------------------------------------------------------------------------- */

static bool read_whole(int file, uint8_t *bytes, size_t count, off_t offset)
{
    while (count > 0) {
        ssize_t got = pread(file, bytes, count, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes += got, count -= (size_t)got, offset += got;
    }
    return true;
}

/* Where the parts of a block lie; false if they do not fit into it. */
static bool laid_out(const Known *known, KeptBlock *kept, uint32_t bytes)
{
    uint32_t columns = known->header.columns, counts[2];
    uint64_t at = sizeof counts + (columns + 3) / 4 * 4;
    if (bytes < at)
        return false;
    memcpy(counts, kept->bytes, sizeof counts);
    kept->rows = counts[0], kept->longs = counts[1];
    kept->long_table = at;
    at += (uint64_t)kept->longs * 8;
    kept->places = at;
    at += (uint64_t)kept->rows * (known->header.kind == KNOWN_ALLELES ? 3 : 8);
    for (uint32_t i = 0; i < columns; i++) {
        uint8_t width = kept->bytes[sizeof counts + i];
        kept->columns[i] = at;
        at += (uint64_t)kept->rows * width;
        if (width > sizeof(uint64_t) || at > bytes)
            return false;
    }
    kept->text = at, kept->size = bytes;
    return at <= bytes;
}

static const KeptBlock *block_of(Worker *worker, KnownSource *source, uint32_t number)
{
    for (int i = 0; i < KEPT_BLOCKS; i++)
        if (source->kept[i].number == number + 1)
            return &source->kept[i];
    KeptBlock *kept = &source->kept[source->next];
    const KnownBlock *block = &source->known->blocks[number];
    kept->number = 0;
    if (kept->capacity < block->bytes) {
        uint8_t *bytes = realloc(kept->bytes, block->bytes);
        if (bytes == NULL) {
            worker->no_memory = true;
            return NULL;
        }
        kept->bytes = bytes, kept->capacity = block->bytes;
    }
    if (!read_whole(source->file, kept->bytes, block->bytes, (off_t)block->offset)
        || !laid_out(source->known, kept, block->bytes)) {
        worker->unreadable = true;
        return NULL;
    }
    kept->number = number + 1;
    source->next = (source->next + 1) % KEPT_BLOCKS;
    return kept;
}

uint64_t known_value(const KeptBlock *kept, uint32_t column, uint32_t row)
{
    uint8_t width = kept->bytes[2 * sizeof(uint32_t) + column];
    uint64_t value = 0;
    memcpy(&value, kept->bytes + kept->columns[column] + (uint64_t)row * width, width);
    return value;
}

/* ---- an allele ------------------------------------------------------------------------------------------------------------ */

static int base_number(char base)
{
    return base == 'A' ? 0 : base == 'C' ? 1 : base == 'G' ? 2 : 3;
}

static void add_big_endian(Text *text, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        text_char(text, (char)(number >> shift & 255));
}

/* What an allele is found by: its place, furthest left, and one byte for the usual changes. Others are spelled out. */
void known_key(Worker *worker, const Allele *allele, KnownKey *key)
{
    enum { DELETIONS = 4, MOST_DELETED = 120, INSERTIONS = DELETIONS + MOST_DELETED, MOST_INSERTED = 3 };
    const Edit *edit = &allele->left;
    int64_t deleted = edit->end - edit->start;
    int32_t inserted = edit->count;
    key->start = (uint32_t)contig_position(&worker->model->contigs[allele->contig], edit->start);
    key->text_length = 0;
    if (deleted == 1 && inserted == 1)
        key->code = (uint8_t)base_number(*edit->bases);
    else if (inserted == 0 && deleted <= MOST_DELETED)
        key->code = (uint8_t)(DELETIONS + deleted - 1);
    else if (deleted == 0 && inserted <= MOST_INSERTED) {
        static const int FIRST[] = {0, 0, 4, 20};
        int number = 0;
        for (int32_t i = 0; i < inserted; i++)
            number = number * 4 + base_number(edit->bases[i]);
        key->code = (uint8_t)(INSERTIONS + FIRST[inserted] + number);
    } else {
        Text *text = &worker->known_key;
        text->length = 0;
        add_big_endian(text, (uint32_t)deleted);
        add_big_endian(text, (uint32_t)inserted);
        text_add(text, edit->bases, (size_t)inserted);
        key->code = LONG_ALLELE;
        key->text = text->data, key->text_length = (uint32_t)text->length;
    }
}

static uint16_t offset_at(const KeptBlock *kept, uint32_t row)
{
    uint16_t offset;
    memcpy(&offset, kept->bytes + kept->places + 2 * (size_t)row, sizeof offset);
    return offset;
}

static uint8_t code_at(const KeptBlock *kept, uint32_t row)
{
    return kept->bytes[kept->places + 2 * (size_t)kept->rows + row];
}

/* The first row from which on place and code are not less. */
static uint32_t first_row(const KeptBlock *kept, uint32_t offset, uint32_t code)
{
    uint32_t low = 0, high = kept->rows, wanted = offset << 8 | code;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (((uint32_t)offset_at(kept, middle) << 8 | code_at(kept, middle)) < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How the long allele number `index` of a block compares with the one looked for, and the row that it is. */
static int compare_long(const KeptBlock *kept, const KnownKey *key, uint32_t index, uint32_t *row)
{
    uint32_t entry[2]; /* row, where its text starts behind the block's columns */
    memcpy(entry, kept->bytes + kept->long_table + 8 * (size_t)index, sizeof entry);
    *row = entry[0];
    uint64_t at = kept->text + entry[1];
    if (at + 8 > kept->size)
        return 1;
    const uint8_t *head = kept->bytes + at + 4;
    uint64_t length = 8 + ((uint64_t)head[0] << 24 | (uint64_t)head[1] << 16 | (uint64_t)head[2] << 8 | head[3]);
    if (length > kept->size - at)
        return 1;
    int order = memcmp(kept->bytes + at, key->text, length < key->text_length ? length : key->text_length);
    return order ? order : length < key->text_length ? -1 : length > key->text_length;
}

static int64_t long_row(const KeptBlock *kept, const KnownKey *key, uint32_t first, uint32_t last)
{
    uint32_t low = 0, high = kept->longs, row;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_long(kept, key, middle, &row);
        if (row < first || (row < last && order < 0))
            low = middle + 1;
        else if (row < last && order == 0)
            return row;
        else
            high = middle;
    }
    return -1;
}

/* The last block of a contig that starts at or before a place; -1 for none. */
static int64_t block_at(const Known *known, const KnownContig *contig, uint32_t place)
{
    uint32_t low = contig->first, high = contig->first + contig->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (known->blocks[middle].start <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return (int64_t)low - 1 < (int64_t)contig->first ? -1 : (int64_t)low - 1;
}

/* The row of an allele, or -1; its block goes to `found`. */
int64_t known_row(Worker *worker, KnownSource *source, uint32_t contig, const KnownKey *key, const KeptBlock **found)
{
    const Known *known = source->known;
    if (contig >= known->header.contigs)
        return -1;
    int64_t number = block_at(known, &known->contigs[contig], key->start);
    if (number < 0 || key->start - known->blocks[number].start > UINT16_MAX)
        return -1;
    const KeptBlock *kept = block_of(worker, source, (uint32_t)number);
    if (kept == NULL)
        return -1;
    *found = kept;
    uint32_t offset = key->start - known->blocks[number].start, row = first_row(kept, offset, key->code);
    if (row >= kept->rows || offset_at(kept, row) != offset || code_at(kept, row) != key->code)
        return -1;
    if (key->code != LONG_ALLELE)
        return row;
    return long_row(kept, key, row, offset == UINT16_MAX ? kept->rows : first_row(kept, offset + 1, 0));
}

/* ---- regions --------------------------------------------------------------------------------------------------------------- */

typedef struct {
    Worker *worker;
    KnownSource *source;
    int64_t start, end, told_before; /* those that start before the last were told already */
    int64_t around; /* of an insertion at the origin of a circle: its length; else 0 */
    bool insertion;
    void (*take)(Worker *worker, KnownSource *source, const KeptBlock *kept, uint32_t row);
    int told; /* an allele in very many regions names the first ones */
    bool more;
} RegionSearch;

/* An insertion lies in a region where it has a base of it on both sides, wherever it may be written. At the origin
 * these are the last base and the first one. */
static bool overlaps(const RegionSearch *search, uint32_t start, uint32_t end)
{
    if (search->around > 0)
        return start == 0 && end == search->around;
    return start < search->end && end > search->start && start >= search->told_before
           && !(search->insertion && end - start < 2);
}

static void search_block(RegionSearch *search, uint32_t number)
{
    const KeptBlock *kept = block_of(search->worker, search->source, number);
    for (uint32_t row = 0; kept != NULL && row < kept->rows && !search->more; row++) {
        uint32_t place[2];
        memcpy(place, kept->bytes + kept->places + 8 * (size_t)row, sizeof place);
        if (place[0] >= search->end)
            return;
        if (overlaps(search, place[0], place[1])) {
            if (search->told == MOST_REGIONS) {
                search->more = true;
                return;
            }
            search->take(search->worker, search->source, kept, row);
            search->told++;
        }
    }
}

/* Blocks are a tree: the one in the middle knows the farthest end of all from `low` to `high`. */
static void search_blocks(RegionSearch *search, uint32_t low, uint32_t high)
{
    if (low >= high || search->more)
        return;
    uint32_t middle = low + (high - low) / 2;
    const KnownBlock *block = &search->source->known->blocks[middle];
    if (block->reach <= search->start)
        return;
    search_blocks(search, low, middle);
    if (block->start >= search->end)
        return;
    search_block(search, middle);
    search_blocks(search, middle + 1, high);
}

/* Hands on the regions that an allele touches, the first ones of very many; false if there are more. */
bool known_regions(Worker *worker, KnownSource *source, const Extent *extent,
                   void (*take)(Worker *worker, KnownSource *source, const KeptBlock *kept, uint32_t row))
{
    const Known *known = source->known;
    if (extent->contig >= known->header.contigs)
        return true;
    const Contig *facts = &worker->model->contigs[extent->contig];
    const KnownContig *contig = &known->contigs[extent->contig];
    int64_t start = contig_position(facts, extent->start), end = start + extent->end - extent->start;
    RegionSearch search = {.worker = worker, .source = source, .insertion = extent->insertion, .take = take};
    if (facts->flags & CONTIG_CIRCULAR && end > facts->length) { /* it goes on at the origin: those come first */
        search.end = end - facts->length < start ? end - facts->length : start;
        search_blocks(&search, contig->first, contig->first + contig->count);
        search.told_before = search.end;
    }
    if (facts->flags & CONTIG_CIRCULAR && extent->insertion && end == 0)
        search.around = facts->length, end = 1;
    search.start = start, search.end = end;
    search_blocks(&search, contig->first, contig->first + contig->count);
    return !search.more;
}

/* ---- for whoever builds a file --------------------------------------------------------------------------------------------- */

static bool upper(Text *text, const char *bases, size_t length)
{
    return is_nucleotides(bases, length) && text_upper(text, bases, length);
}

/* The key of a source's allele, or why it has none: it is checked against the sequence as a record's would be. */
enum KnownFault gas_known_key(Worker *worker, uint32_t contig, int64_t position, const char *ref, size_t ref_length,
                              const char *alt, size_t alt_length, KnownKey *key)
{
    const Contig *facts = &worker->model->contigs[contig];
    uint64_t behind = facts->flags & CONTIG_CIRCULAR ? facts->length : facts->length - (uint64_t)position;
    if (position < 0 || position >= facts->length || ref_length > behind)
        return KNOWN_OUTSIDE;
    if (ref_length > INT32_MAX || alt_length > INT32_MAX || !upper(&worker->ref_upper, ref, ref_length)
        || !upper(&worker->alt_upper, alt, alt_length))
        return KNOWN_NOT_BASES;
    for (size_t i = 0; i < ref_length; i++)
        if (!ref_fits(worker->ref_upper.data[i], base_at(worker, contig, position + (int64_t)i)))
            return KNOWN_CONTRADICTS;
    if (!allele_make(worker, &worker->allele, contig, position, worker->ref_upper.data, ref_length, worker->alt_upper.data,
                     alt_length))
        return KNOWN_NO_CHANGE;
    const Edit *edit = &worker->allele.left;
    if (edit->count > 0 && !is_bases(edit->bases, (size_t)edit->count))
        return KNOWN_NOT_BASES;
    known_key(worker, &worker->allele, key);
    return worker->unreadable ? KNOWN_UNREADABLE : KNOWN_FINE;
}
