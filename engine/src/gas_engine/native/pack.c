/* Packs text into BGZF: deflate in one pass, made for lines that resemble the lines before them.
 *
 * The same text becomes the same bytes wherever and whenever it is packed: nothing here depends on what memory held before.
 * The only candidate for a match is the last place with the same hash of six bytes: shorter matches of such lines are mostly
 * chance, and stand in the way of longer ones. A block has one table of codes.
 */
#include "engine.h"

#include <stdlib.h>

enum {
    BLOCK_TEXT = 0xff00, /* as bgzip cuts it */
    HEAD_BYTES = 18, TAIL_BYTES = 8, STORED_BYTES = 5,
    HASH_BITS = 14, HASHED = 6, LONGEST = 258, SHORTEST = 3, FARTHEST = 32768,
    LITERALS = 286, DISTANCES = 30, ENDED = 256, FIRST_LENGTH = 257, RUNS = 19,
    MATCH = 1 << 30, /* a token: a literal, or MATCH with length - 3 above 16 bits of distance - 1 */
    LONGEST_CODE = 15, LONGEST_RUN_CODE = 7
};

typedef struct {
    uint16_t code;
    uint8_t length;
} Code_;

typedef struct {
    uint16_t last[1 << HASH_BITS]; /* one more than the place of the last six bytes with this hash; 0: none */
    uint32_t tokens[BLOCK_TEXT + 1];
    uint32_t token_count;
    uint32_t literal_counts[LITERALS], distance_counts[DISTANCES], run_counts[RUNS];
    Code_ literals[LITERALS], distances[DISTANCES], runs[RUNS];
    uint16_t listed[LITERALS + DISTANCES]; /* lengths of codes as the header has them: run symbol, and what follows it above 5 bits */
    uint32_t listed_count, literal_used, distance_used, run_used;
    uint8_t length_codes[256], distance_codes[512]; /* of length - 3; of distance - 1, or from 256 on of its 128ths */
    Text output;
    uint64_t *starts;
    size_t start_count, start_capacity;
} Packer;

static const uint16_t LENGTH_BASES[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                        31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t LENGTH_EXTRA[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t DISTANCE_BASES[] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
                                          193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const uint8_t DISTANCE_EXTRA[] = {0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
static const uint8_t RUN_ORDER[RUNS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

/* ---- matches ------------------------------------------------------------------------------------------------------------- */

static uint64_t load64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* The bytes that are hashed, and compared first, as the high part of a number. */
static uint64_t hashed(const uint8_t *at)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return load64(at) & ~UINT64_C(0) << (64 - 8 * HASHED);
#else
    return load64(at) << (64 - 8 * HASHED);
#endif
}

static uint32_t place_of(uint64_t bytes)
{
    return (uint32_t)(bytes * UINT64_C(0x9e3779b97f4a7c15) >> (64 - HASH_BITS));
}

static uint32_t same_bytes(const uint8_t *one, const uint8_t *other, uint32_t most)
{
    uint32_t count = HASHED;
    for (; count + 8 <= most; count += 8) {
        uint64_t differs = load64(one + count) ^ load64(other + count);
        if (differs == 0)
            continue;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        return count + (uint32_t)__builtin_clzll(differs) / 8;
#else
        return count + (uint32_t)__builtin_ctzll(differs) / 8;
#endif
    }
    while (count < most && one[count] == other[count])
        count++;
    return count;
}

static uint32_t distance_code(const Packer *packer, uint32_t less)
{
    return less < 256 ? packer->distance_codes[less] : packer->distance_codes[256 + (less >> 7)];
}

static void find_tokens(Packer *packer, const uint8_t *text, uint32_t length)
{
    uint32_t *token = packer->tokens, at = 0, until = length < 8 ? 0 : length - 7; /* eight bytes are read at once */
    memset(packer->last, 0, sizeof packer->last);
    memset(packer->literal_counts, 0, sizeof packer->literal_counts);
    memset(packer->distance_counts, 0, sizeof packer->distance_counts);
    while (at < until) {
        uint64_t bytes = hashed(text + at);
        uint32_t place = place_of(bytes), before = packer->last[place];
        packer->last[place] = (uint16_t)(at + 1);
        if (before == 0 || at - (before - 1) > FARTHEST || hashed(text + before - 1) != bytes) {
            packer->literal_counts[text[at]]++;
            *token++ = text[at++];
            continue;
        }
        uint32_t most = length - at < LONGEST ? length - at : LONGEST;
        uint32_t count = same_bytes(text + at, text + before - 1, most), less = at - before;
        *token++ = MATCH | (count - SHORTEST) << 16 | less;
        packer->literal_counts[FIRST_LENGTH + packer->length_codes[count - SHORTEST]]++;
        packer->distance_counts[distance_code(packer, less)]++;
        /* The places right behind a match's start and before its end are where the next line's matches begin. */
        uint32_t next = at + count, last = next < until ? next : until;
        for (uint32_t i = at + 1; i < last && i < at + 3; i++)
            packer->last[place_of(hashed(text + i))] = (uint16_t)(i + 1);
        if (next - 1 < until)
            packer->last[place_of(hashed(text + next - 1))] = (uint16_t)next;
        at = next;
    }
    for (; at < length; at++) {
        packer->literal_counts[text[at]]++;
        *token++ = text[at];
    }
    packer->literal_counts[ENDED]++;
    packer->token_count = (uint32_t)(token - packer->tokens);
}

/* ---- codes ----------------------------------------------------------------------------------------------------------------- */

/* Moffat and Katajainen: counts in ascending order become lengths of codes, in place. */
static void to_lengths(uint32_t *counts, int used)
{
    int root = 0, leaf = 2, next;
    counts[0] += counts[1];
    for (next = 1; next < used - 1; next++) {
        if (leaf >= used || counts[root] < counts[leaf])
            counts[next] = counts[root], counts[root++] = (uint32_t)next;
        else
            counts[next] = counts[leaf++];
        if (leaf >= used || (root < next && counts[root] < counts[leaf]))
            counts[next] += counts[root], counts[root++] = (uint32_t)next;
        else
            counts[next] += counts[leaf++];
    }
    counts[used - 2] = 0;
    for (next = used - 3; next >= 0; next--)
        counts[next] = counts[counts[next]] + 1;
    int available = 1, inner = 0;
    uint32_t depth = 0;
    root = used - 2, next = used - 1;
    while (available > 0) {
        while (root >= 0 && counts[root] == depth)
            inner++, root--;
        while (available > inner)
            counts[next--] = depth, available--;
        available = 2 * inner, depth++, inner = 0;
    }
}

static uint16_t reversed(uint32_t code, int length)
{
    uint32_t back = 0;
    for (int i = 0; i < length; i++, code >>= 1)
        back = back << 1 | (code & 1);
    return (uint16_t)back;
}

/* Codes for symbols by how often they occur; none longer than `longest`. */
static void make_codes(uint32_t *counts, int symbols, int longest, Code_ *codes)
{
    uint32_t sorted[LITERALS], lengths[LITERALS] = {0}, of_length[LITERALS] = {0};
    int used = 0;
    for (int i = 0; i < symbols && used < 2; i++)
        used += counts[i] > 0;
    for (int i = 0; used < 2; i++) /* readers want two codes at least */
        if (counts[i] == 0)
            counts[i] = 1, used++;
    used = 0;
    for (int i = 0; i < symbols; i++) {
        codes[i] = (Code_){0, 0};
        if (counts[i] == 0)
            continue;
        uint32_t key = counts[i] << 9 | (uint32_t)i;
        int to = used++;
        for (; to > 0 && sorted[to - 1] > key; to--)
            sorted[to] = sorted[to - 1];
        sorted[to] = key;
    }
    for (int i = 0; i < used; i++)
        lengths[i] = sorted[i] >> 9;
    to_lengths(lengths, used);
    uint32_t space = 0;
    for (int i = 0; i < used; i++) {
        int length = lengths[i] < (uint32_t)longest ? (int)lengths[i] : longest;
        of_length[length]++;
        space += 1u << (longest - length);
    }
    for (; space > 1u << longest; space--) { /* too long ones were cut: a shorter code makes room for them */
        int shorter = longest - 1;
        while (of_length[shorter] == 0)
            shorter--;
        of_length[longest]--;
        of_length[shorter]--;
        of_length[shorter + 1] += 2;
    }
    int rare = 0;
    for (int length = longest; length > 0; length--)
        for (uint32_t i = 0; i < of_length[length]; i++)
            codes[sorted[rare++] & 511].length = (uint8_t)length;
    uint32_t next[LONGEST_CODE + 2] = {0};
    for (int length = 1; length <= longest; length++)
        next[length + 1] = (next[length] + of_length[length]) << 1;
    for (int i = 0; i < symbols; i++)
        if (codes[i].length)
            codes[i].code = reversed(next[codes[i].length]++, codes[i].length);
}

/* Lists the lengths of codes, with runs of one length written short. */
static void list_lengths(Packer *packer)
{
    uint8_t all[LITERALS + DISTANCES];
    uint32_t count = 0;
    packer->literal_used = LITERALS, packer->distance_used = DISTANCES;
    while (packer->literals[packer->literal_used - 1].length == 0)
        packer->literal_used--;
    while (packer->distance_used > 1 && packer->distances[packer->distance_used - 1].length == 0)
        packer->distance_used--;
    for (uint32_t i = 0; i < packer->literal_used; i++)
        all[count++] = packer->literals[i].length;
    for (uint32_t i = 0; i < packer->distance_used; i++)
        all[count++] = packer->distances[i].length;
    memset(packer->run_counts, 0, sizeof packer->run_counts);
    packer->listed_count = 0;
    for (uint32_t i = 0; i < count;) {
        uint32_t run = 1;
        while (i + run < count && all[i + run] == all[i] && run < 138)
            run++;
        uint32_t symbol = all[i], more = 0;
        if (symbol == 0 && run >= 11)
            symbol = 18, more = run - 11;
        else if (symbol == 0 && run >= 3)
            symbol = 17, more = run - 3;
        else if (i > 0 && all[i - 1] == symbol && run >= 3) {
            run = run < 6 ? run : 6;
            symbol = 16, more = run - 3;
        } else
            run = 1;
        packer->run_counts[symbol]++;
        packer->listed[packer->listed_count++] = (uint16_t)(more << 5 | symbol);
        i += run;
    }
}

static int run_extra(uint32_t symbol)
{
    return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0;
}

/* Bits of the whole block with its own codes. */
static uint64_t block_bits(Packer *packer)
{
    uint64_t bits = 3 + 5 + 5 + 4;
    packer->run_used = RUNS;
    while (packer->run_used > 4 && packer->runs[RUN_ORDER[packer->run_used - 1]].length == 0)
        packer->run_used--;
    bits += 3 * packer->run_used;
    for (uint32_t i = 0; i < packer->listed_count; i++) {
        uint32_t symbol = packer->listed[i] & 31;
        bits += packer->runs[symbol].length + (uint32_t)run_extra(symbol);
    }
    for (int i = 0; i < LITERALS; i++)
        bits += (uint64_t)packer->literal_counts[i] * (packer->literals[i].length + (i < FIRST_LENGTH ? 0u : LENGTH_EXTRA[i - FIRST_LENGTH]));
    for (int i = 0; i < DISTANCES; i++)
        bits += (uint64_t)packer->distance_counts[i] * (packer->distances[i].length + DISTANCE_EXTRA[i]);
    return bits;
}

/* ---- writing --------------------------------------------------------------------------------------------------------------- */

typedef struct {
    uint8_t *to;
    uint64_t bits;
    uint32_t count;
} Bits;

static void put(Bits *bits, uint64_t value, uint32_t count)
{
    bits->bits |= value << bits->count;
    bits->count += count;
}

/* Less than a byte remains. */
static void flush(Bits *bits)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (int i = 0; i < 8; i++)
        bits->to[i] = (uint8_t)(bits->bits >> 8 * i);
#else
    memcpy(bits->to, &bits->bits, sizeof bits->bits);
#endif
    uint32_t whole = bits->count / 8;
    bits->to += whole;
    bits->bits = whole == 8 ? 0 : bits->bits >> 8 * whole;
    bits->count &= 7;
}

static uint8_t *write_coded(const Packer *packer, uint8_t *to)
{
    Bits bits = {to, 0, 0};
    put(&bits, 1 | 2 << 1, 3);
    put(&bits, packer->literal_used - FIRST_LENGTH, 5);
    put(&bits, packer->distance_used - 1, 5);
    put(&bits, packer->run_used - 4, 4);
    for (uint32_t i = 0; i < packer->run_used; i++) {
        flush(&bits);
        put(&bits, packer->runs[RUN_ORDER[i]].length, 3);
    }
    for (uint32_t i = 0; i < packer->listed_count; i++) {
        uint32_t symbol = packer->listed[i] & 31;
        flush(&bits);
        put(&bits, packer->runs[symbol].code, packer->runs[symbol].length);
        put(&bits, packer->listed[i] >> 5, (uint32_t)run_extra(symbol));
    }
    flush(&bits);
    for (uint32_t i = 0; i < packer->token_count; i++) {
        uint32_t token = packer->tokens[i];
        if (!(token & MATCH)) {
            const Code_ *literal = &packer->literals[token];
            put(&bits, literal->code, literal->length);
            if (bits.count > 40)
                flush(&bits);
            continue;
        }
        uint32_t length = token >> 16 & 255, less = token & 0xffff;
        uint32_t of_length = packer->length_codes[length], of_distance = distance_code(packer, less);
        const Code_ *code = &packer->literals[FIRST_LENGTH + of_length], *far = &packer->distances[of_distance];
        flush(&bits);
        put(&bits, code->code, code->length);
        put(&bits, length + SHORTEST - LENGTH_BASES[of_length], LENGTH_EXTRA[of_length]);
        put(&bits, far->code, far->length);
        put(&bits, less + 1 - DISTANCE_BASES[of_distance], DISTANCE_EXTRA[of_distance]);
        flush(&bits);
    }
    flush(&bits);
    put(&bits, packer->literals[ENDED].code, packer->literals[ENDED].length);
    flush(&bits);
    return bits.to + (bits.count > 0);
}

static uint8_t *write_stored(const uint8_t *text, uint32_t length, uint8_t *to)
{
    const uint8_t head[STORED_BYTES] = {1, (uint8_t)length, (uint8_t)(length >> 8), (uint8_t)~length, (uint8_t)(~length >> 8)};
    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, text, length);
    return to + sizeof head + length;
}

static void write_number(uint8_t *to, uint32_t number)
{
    for (int i = 0; i < 4; i++, number >>= 8)
        to[i] = (uint8_t)number;
}

static bool pack_block(Packer *packer, const uint8_t *text, uint32_t length, uint32_t crc)
{
    static const uint8_t HEAD[] = {0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 'B', 'C', 2, 0};
    Text *output = &packer->output;
    if (!text_reserve(output, HEAD_BYTES + STORED_BYTES + BLOCK_TEXT + TAIL_BYTES + 16))
        return false;
    if (packer->start_count == packer->start_capacity) {
        size_t wanted = packer->start_capacity ? 2 * packer->start_capacity : 64;
        uint64_t *grown = realloc(packer->starts, wanted * sizeof *grown);
        if (grown == NULL)
            return false;
        packer->starts = grown;
        packer->start_capacity = wanted;
    }
    packer->starts[packer->start_count++] = output->length;
    find_tokens(packer, text, length);
    make_codes(packer->literal_counts, LITERALS, LONGEST_CODE, packer->literals);
    make_codes(packer->distance_counts, DISTANCES, LONGEST_CODE, packer->distances);
    list_lengths(packer);
    make_codes(packer->run_counts, RUNS, LONGEST_RUN_CODE, packer->runs);
    uint8_t *start = (uint8_t *)output->data + output->length, *end;
    memcpy(start, HEAD, sizeof HEAD);
    if ((block_bits(packer) + 7) / 8 < length + STORED_BYTES)
        end = write_coded(packer, start + HEAD_BYTES);
    else
        end = write_stored(text, length, start + HEAD_BYTES);
    write_number(end, crc);
    write_number(end + 4, length);
    size_t size = (size_t)(end + TAIL_BYTES - start);
    start[16] = (uint8_t)(size - 1);
    start[17] = (uint8_t)((size - 1) >> 8);
    output->length += size;
    return true;
}

/* ---- what Python calls ------------------------------------------------------------------------------------------------------ */

Packer *gas_packer_new(void)
{
    Packer *packer = calloc(1, sizeof *packer);
    if (packer == NULL)
        return NULL;
    for (uint32_t code = 0; code < sizeof LENGTH_EXTRA; code++)
        for (uint32_t i = 0; i < 1u << LENGTH_EXTRA[code] && LENGTH_BASES[code] + i <= LONGEST; i++)
            packer->length_codes[LENGTH_BASES[code] + i - SHORTEST] = (uint8_t)code;
    for (uint32_t code = 0; code < DISTANCES; code++)
        for (uint32_t i = 0; i < 1u << DISTANCE_EXTRA[code]; i++) {
            uint32_t less = DISTANCE_BASES[code] - 1u + i;
            packer->distance_codes[less < 256 ? less : 256 + (less >> 7)] = (uint8_t)code;
        }
    return packer;
}

void gas_packer_free(Packer *packer)
{
    if (packer == NULL)
        return;
    text_free(&packer->output);
    free(packer->starts);
    free(packer);
}

/* Packs a text into blocks; `crcs` has the sum of each. What comes back stays until the next call; NULL: no memory. */
const char *gas_packer_pack(Packer *packer, const char *text, size_t length, const uint32_t *crcs, size_t *packed,
                            const uint64_t **starts, size_t *blocks)
{
    packer->output.length = packer->start_count = 0;
    packer->output.failed = false;
    for (size_t at = 0; at < length; at += BLOCK_TEXT) {
        uint32_t piece = length - at < BLOCK_TEXT ? (uint32_t)(length - at) : BLOCK_TEXT;
        if (!pack_block(packer, (const uint8_t *)text + at, piece, *crcs++))
            return NULL;
    }
    *packed = packer->output.length;
    *starts = packer->starts;
    *blocks = packer->start_count;
    return packer->output.data ? packer->output.data : "";
}
