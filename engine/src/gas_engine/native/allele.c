/* Alleles: trimmed of what REF and ALT share, then written as far to the left and to the right as they can be.
 *
 * Files write one change in many ways. All of them become the same two edits here, so that the way cannot matter.
 */
#include "engine.h"

#include <string.h>

enum { FARTHEST = 1 << 20 }; /* bases that a change is moved; a longer repeat than that is nobody's gene */

bool is_bases(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char base = (char)(text[i] & ~32);
        if (base != 'A' && base != 'C' && base != 'G' && base != 'T')
            return false;
    }
    return length > 0;
}

/* What each of IUPAC's letters stands for, a bit for each base. */
enum { A = 1, C = 2, G = 4, T = 8 };
static const uint8_t STANDS_FOR[256] = {
    ['A'] = A, ['C'] = C, ['G'] = G, ['T'] = T, ['U'] = T, ['R'] = A | G, ['Y'] = C | T, ['S'] = C | G, ['W'] = A | T,
    ['K'] = G | T, ['M'] = A | C, ['B'] = C | G | T, ['D'] = A | G | T, ['H'] = A | C | T, ['V'] = A | C | G,
    ['N'] = A | C | G | T,
};

bool is_nucleotides(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (STANDS_FOR[(uint8_t)(text[i] & ~32)] == 0)
            return false;
    return length > 0;
}

bool ref_fits(char ref, char base)
{
    if (ref == base)
        return true;
    bool code = base != 0 && base != 'N' && !is_bases(&base, 1);
    return code && (ref == 'N' || (is_bases(&ref, 1) && STANDS_FOR[(uint8_t)ref] & STANDS_FOR[(uint8_t)base]));
}

size_t trim_shared(const char **ref, size_t *ref_count, const char **alt, size_t *alt_count)
{
    size_t before = *ref_count;
    while (*ref_count > 0 && *alt_count > 0 && ((**ref ^ **alt) & ~32) == 0)
        (*ref)++, (*alt)++, (*ref_count)--, (*alt_count)--;
    size_t left = before - *ref_count;
    while (*ref_count > 0 && *alt_count > 0 && (((*ref)[*ref_count - 1] ^ (*alt)[*alt_count - 1]) & ~32) == 0)
        (*ref_count)--, (*alt_count)--;
    return left;
}

const char COMPLEMENTS[256] = {
    ['A'] = 'T', ['C'] = 'G', ['G'] = 'C', ['T'] = 'A', ['M'] = 'K', ['R'] = 'Y', ['W'] = 'W', ['S'] = 'S', ['Y'] = 'R',
    ['K'] = 'M', ['V'] = 'B', ['H'] = 'D', ['D'] = 'H', ['B'] = 'V', ['N'] = 'N',
};

void reverse_complement(char *bases, int64_t count)
{
    for (int64_t i = 0, j = count - 1; i <= j; i++, j--) {
        char first = complement(bases[i]);
        bases[i] = complement(bases[j]);
        bases[j] = first;
    }
}

static bool known(char base)
{
    return base == 'A' || base == 'C' || base == 'G' || base == 'T';
}

int64_t edit_slack(Worker *worker, uint32_t contig, const Edit *edit, int direction)
{
    const Contig *facts = &worker->model->contigs[contig];
    int64_t moved = 0, farthest = FARTHEST;
    if (facts->flags & CONTIG_CIRCULAR && farthest > facts->length)
        farthest = facts->length;
    while (moved < farthest) {
        int64_t outside = direction > 0 ? edit->end + moved : edit->start - moved - 1;
        char next = base_at(worker, contig, outside), own;
        if (!known(next))
            break;
        if (edit->end > edit->start)
            own = base_at(worker, contig, direction > 0 ? edit->start + moved : edit->end - moved - 1);
        else {
            int64_t at = moved % edit->count;
            own = edit->bases[direction > 0 ? at : edit->count - 1 - at];
        }
        if (own != next)
            break;
        moved++;
    }
    return moved;
}

/* The bases of an insertion that was moved, turned around by as much. */
static const char *turned(Text *text, const Edit *edit, int64_t moved)
{
    text->length = 0;
    int64_t by = moved % edit->count;
    if (by < 0)
        by += edit->count;
    text_add(text, edit->bases + by, (size_t)(edit->count - by));
    text_add(text, edit->bases, (size_t)by);
    return text->data;
}

bool allele_make(Worker *worker, Allele *allele, uint32_t contig, int64_t start, const char *ref, size_t ref_count,
                 const char *alt, size_t alt_count)
{
    start += (int64_t)trim_shared(&ref, &ref_count, &alt, &alt_count);
    if ((ref_count == 0 && alt_count == 0) || alt_count > INT32_MAX)
        return false;
    Edit edit = {start, start + (int64_t)ref_count, alt, (int32_t)alt_count};
    allele->contig = contig;
    allele->snv = ref_count == 1 && alt_count == 1;
    allele->pure = ref_count == 0 || alt_count == 0;
    allele->left = allele->right = edit;
    if (!allele->pure)
        return true;
    int64_t left = edit_slack(worker, contig, &edit, -1), right = edit_slack(worker, contig, &edit, 1);
    allele->left.start -= left, allele->left.end -= left;
    allele->right.start += right, allele->right.end += right;
    if (alt_count > 0) {
        allele->left.bases = turned(&worker->allele_left, &edit, -left);
        allele->right.bases = turned(&worker->allele_right, &edit, right);
    }
    return !worker->allele_left.failed && !worker->allele_right.failed;
}
