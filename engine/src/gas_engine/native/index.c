/* The index beside a result: tabix's TBI, or CSI where a contig is longer than TBI can tell. Made while the result is written. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

enum { MIN_SHIFT = 14, TEXT_OF_BLOCK = 0xff00, TBI_DEPTH = 5 };

/* Stretches of all contigs together, 64 MB of them: more than the longest genome has that is known. Where nobody
 * knows how long contigs are, each may have a record that claims to reach as far as an index can tell. */
enum { MOST_STRETCHES = 1 << 23 };

typedef struct {
    uint64_t start, end; /* virtual offsets */
} Chunk;

typedef struct {
    uint32_t number;
    bool used;
    uint32_t count, capacity;
    Chunk *chunks;
} Bin;

typedef struct {
    Bin *bins; /* an open hash table */
    uint32_t bin_count, bin_slots;
    uint64_t *linear; /* the first record that reaches into each stretch of 16 kb; 0: none yet */
    uint32_t linear_count, linear_capacity;
    uint64_t first, last, records;
} IndexedContig;

typedef struct {
    IndexedContig *contigs;
    uint32_t contig_count;
    int depth;
    int32_t last_contig;
    int64_t last_begin;
    uint64_t stretches; /* of all contigs */
    bool sorted, reached; /* reached: every position can be told at this depth */
    bool no_memory;
    Text text;
} Index;

Index *gas_index_new(int depth)
{
    Index *index = calloc(1, sizeof *index);
    if (index == NULL)
        return NULL;
    index->depth = depth;
    index->last_contig = -1;
    index->sorted = index->reached = true;
    return index;
}

void gas_index_free(Index *index)
{
    if (index == NULL)
        return;
    for (uint32_t i = 0; i < index->contig_count; i++) {
        for (uint32_t j = 0; j < index->contigs[i].bin_slots; j++)
            free(index->contigs[i].bins[j].chunks);
        free(index->contigs[i].bins);
        free(index->contigs[i].linear);
    }
    free(index->contigs);
    text_free(&index->text);
    free(index);
}

static uint32_t bin_of(const Index *index, int64_t begin, int64_t end)
{
    int shift = MIN_SHIFT;
    uint64_t first = ((1ull << (3 * index->depth)) - 1) / 7;
    end--;
    for (int level = index->depth; level > 0; level--) {
        if (begin >> shift == end >> shift)
            return (uint32_t)(first + (uint64_t)(begin >> shift));
        shift += 3;
        first -= 1ull << (3 * (level - 1));
    }
    return 0;
}

static Bin *find_bin(IndexedContig *contig, uint32_t number)
{
    if (2 * (contig->bin_count + 1) > contig->bin_slots) {
        uint32_t slots = contig->bin_slots ? 2 * contig->bin_slots : 64;
        Bin *bins = calloc(slots, sizeof *bins);
        if (bins == NULL)
            return NULL;
        for (uint32_t i = 0; i < contig->bin_slots; i++)
            if (contig->bins[i].used) {
                uint32_t slot = contig->bins[i].number * 2654435761u;
                while (bins[slot & (slots - 1)].used)
                    slot++;
                bins[slot & (slots - 1)] = contig->bins[i];
            }
        free(contig->bins);
        contig->bins = bins;
        contig->bin_slots = slots;
    }
    uint32_t slot = number * 2654435761u;
    for (;; slot++) {
        Bin *bin = &contig->bins[slot & (contig->bin_slots - 1)];
        if (!bin->used) {
            *bin = (Bin){.number = number, .used = true};
            contig->bin_count++;
            return bin;
        }
        if (bin->number == number)
            return bin;
    }
}

/* A chunk that begins in the block in which the bin's last one ends becomes one with it. */
static bool add_chunk(Bin *bin, uint64_t start, uint64_t end)
{
    if (bin->count > 0 && bin->chunks[bin->count - 1].end >> 16 >= start >> 16) {
        bin->chunks[bin->count - 1].end = end;
        return true;
    }
    if (bin->count == bin->capacity) {
        uint32_t capacity = bin->capacity ? 2 * bin->capacity : 2;
        Chunk *chunks = realloc(bin->chunks, capacity * sizeof *chunks);
        if (chunks == NULL)
            return false;
        bin->chunks = chunks;
        bin->capacity = capacity;
    }
    bin->chunks[bin->count++] = (Chunk){start, end};
    return true;
}

static bool add_linear(Index *index, IndexedContig *contig, int64_t begin, int64_t end, uint64_t start)
{
    uint32_t first = (uint32_t)(begin >> MIN_SHIFT), last = (uint32_t)((end - 1) >> MIN_SHIFT);
    if (last < contig->linear_count)
        return true;
    index->stretches += last + 1 - contig->linear_count;
    if (index->stretches > MOST_STRETCHES)
        return false;
    if (last >= contig->linear_capacity) {
        uint32_t capacity = last + 64 + last / 2;
        uint64_t *linear = realloc(contig->linear, capacity * sizeof *linear);
        if (linear == NULL)
            return false;
        memset(linear + contig->linear_capacity, 0, (capacity - contig->linear_capacity) * sizeof *linear);
        contig->linear = linear;
        contig->linear_capacity = capacity;
    }
    /* In order, the record that reaches farthest covers all up to there: of many long ones each stretch is walked once. */
    for (uint32_t i = first > contig->linear_count ? first : contig->linear_count; i <= last; i++)
        contig->linear[i] = start;
    contig->linear_count = last + 1;
    return true;
}

static bool contigs_grown(Index *index, int32_t contig)
{
    if ((uint32_t)contig < index->contig_count)
        return true;
    IndexedContig *grown = realloc(index->contigs, ((size_t)contig + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    memset(grown + index->contig_count, 0, ((size_t)contig + 1 - index->contig_count) * sizeof *grown);
    index->contigs = grown;
    index->contig_count = (uint32_t)contig + 1;
    return true;
}

/* `length` is the contig's, behind which no record reaches. */
static void add(Index *index, int32_t contig, int64_t length, int64_t begin, int64_t end, uint64_t from, uint64_t to)
{
    if (end > length)
        end = length;
    if (begin < 0)
        begin = 0; /* a telomere: position 0 stands before the first base */
    if (end <= begin)
        end = begin + 1;
    if (contig != index->last_contig) {
        if ((uint32_t)contig < index->contig_count && index->contigs[contig].records > 0)
            index->sorted = false;
        index->last_contig = contig;
    } else if (begin < index->last_begin)
        index->sorted = false;
    index->last_begin = begin;
    int64_t reach = 1ll << (MIN_SHIFT + 3 * index->depth);
    if (begin >= reach)
        index->reached = false;
    if (end > reach)
        end = reach; /* nobody can ask for what lies behind it */
    if (!index->sorted || !index->reached || index->no_memory)
        return;
    if (!contigs_grown(index, contig)) {
        index->no_memory = true;
        return;
    }
    IndexedContig *one = &index->contigs[contig];
    Bin *bin = find_bin(one, bin_of(index, begin, end));
    if (bin == NULL || !add_chunk(bin, from, to) || !add_linear(index, one, begin, end, from)) {
        index->no_memory = true;
        return;
    }
    if (one->records++ == 0)
        one->first = from;
    one->last = to;
}

static uint64_t virtual_offset(uint64_t base, const uint64_t *starts, uint64_t offset, uint64_t length, uint64_t size)
{
    if (offset >= length)
        return (base + size) << 16;
    return (base + starts[offset / TEXT_OF_BLOCK]) << 16 | offset % TEXT_OF_BLOCK;
}

/* Adds the records of a block of text that was written at `base` as BGZF blocks; `starts` are where these begin
 * there. Positions have contigs as the block numbers them: `contigs` and `lengths` say which they are, and how long. */
void gas_index_add(Index *index, const Position *positions, int64_t count, const int32_t *contigs,
                   const int64_t *lengths, const uint64_t *starts, uint64_t base, uint64_t length, uint64_t size)
{
    for (int64_t i = 0; i < count; i++) {
        uint64_t next = i + 1 < count ? positions[i + 1].start : length;
        int32_t contig = positions[i].contig;
        add(index, contigs[contig], lengths[contig], positions[i].begin, positions[i].end,
            virtual_offset(base, starts, positions[i].start, length, size), virtual_offset(base, starts, next, length, size));
    }
}

/* 0 fine, 1 not sorted, 2 a position lies beyond what the depth can tell, 3 no memory */
int gas_index_state(const Index *index)
{
    return !index->sorted ? 1 : !index->reached ? 2 : index->no_memory ? 3 : 0;
}

static void put32(Text *text, uint32_t value)
{
    text_add(text, (const char *)&value, sizeof value);
}

static void put64(Text *text, uint64_t value)
{
    text_add(text, (const char *)&value, sizeof value);
}

static void put_columns(Text *text, const char *names, size_t length)
{
    static const uint32_t VCF_COLUMNS[] = {2, 1, 2, 0, '#', 0}; /* VCF; CHROM, POS; no end; headers begin with # */
    for (size_t i = 0; i < sizeof VCF_COLUMNS / sizeof *VCF_COLUMNS; i++)
        put32(text, VCF_COLUMNS[i]);
    put32(text, (uint32_t)length);
    text_add(text, names, length);
}

static uint64_t offset_of_bin(const Index *index, const IndexedContig *contig, uint32_t number)
{
    uint64_t first = 0, window = 0;
    for (int level = 0; level <= index->depth; level++) {
        uint64_t next = first + (1ull << (3 * level));
        if (number < next) {
            window = (uint64_t)(number - first) << (3 * (index->depth - level));
            break;
        }
        first = next;
    }
    return window < contig->linear_count ? contig->linear[window] : 0;
}

static int by_number(const void *a, const void *b)
{
    uint32_t left = (*(Bin *const *)a)->number, right = (*(Bin *const *)b)->number;
    return left < right ? -1 : left > right;
}

static bool put_contig(Index *index, IndexedContig *contig, bool csi)
{
    Text *text = &index->text;
    Bin **bins = malloc((contig->bin_count + 1) * sizeof *bins);
    if (bins == NULL)
        return false;
    uint32_t count = 0;
    for (uint32_t i = 0; i < contig->bin_slots; i++)
        if (contig->bins[i].used)
            bins[count++] = &contig->bins[i];
    qsort(bins, count, sizeof *bins, by_number);
    /* A stretch that no record reaches begins where the one before it does. */
    for (uint32_t i = 1; i < contig->linear_count; i++)
        if (contig->linear[i] == 0)
            contig->linear[i] = contig->linear[i - 1];
    put32(text, count + (count > 0));
    for (uint32_t i = 0; i < count; i++) {
        put32(text, bins[i]->number);
        if (csi)
            put64(text, offset_of_bin(index, contig, bins[i]->number));
        put32(text, bins[i]->count);
        for (uint32_t j = 0; j < bins[i]->count; j++) {
            put64(text, bins[i]->chunks[j].start);
            put64(text, bins[i]->chunks[j].end);
        }
    }
    if (count > 0) { /* the bin that htslib adds: where the contig lies, and how many records it has */
        put32(text, (uint32_t)(((1ull << (3 * (index->depth + 1))) - 1) / 7 + 1));
        if (csi)
            put64(text, 0);
        put32(text, 2);
        put64(text, contig->first);
        put64(text, contig->last);
        put64(text, contig->records);
        put64(text, 0);
    }
    if (!csi) {
        put32(text, contig->linear_count);
        for (uint32_t i = 0; i < contig->linear_count; i++)
            put64(text, contig->linear[i]);
    }
    free(bins);
    return true;
}

/* The bytes of the index, not yet packed; names are the contigs', each with a zero byte behind it. */
const char *gas_index_bytes(Index *index, const char *names, size_t names_length, uint32_t contig_count, size_t *length)
{
    Text *text = &index->text;
    bool csi = index->depth != TBI_DEPTH;
    text->length = 0;
    text_add(text, csi ? "CSI\1" : "TBI\1", 4);
    if (csi) {
        put32(text, MIN_SHIFT);
        put32(text, (uint32_t)index->depth);
        put32(text, (uint32_t)(28 + names_length));
        put_columns(text, names, names_length);
        put32(text, contig_count);
    } else {
        put32(text, contig_count);
        put_columns(text, names, names_length);
    }
    IndexedContig empty = {0};
    for (uint32_t i = 0; i < contig_count; i++)
        if (!put_contig(index, i < index->contig_count ? &index->contigs[i] : &empty, csi))
            return NULL;
    put64(text, 0);
    *length = text->length;
    return text->failed ? NULL : text->data;
}
