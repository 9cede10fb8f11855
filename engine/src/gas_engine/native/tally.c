/* Counts: sums that do not depend on which thread made them. */
#include "engine.h"

#include <string.h>

static bool equal_bases(const char *ref, const char *alt, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((ref[i] & ~32) != (alt[i] & ~32))
            return false;
    return true;
}

/* Whether all bases that an allele changes are known ones: those that it shares with REF need not be. */
static bool changes_bases(const char *ref, size_t ref_count, const char *alt, size_t alt_count)
{
    if (is_bases(ref, ref_count) && is_bases(alt, alt_count))
        return true;
    if (!is_nucleotides(ref, ref_count) || !is_nucleotides(alt, alt_count))
        return false;
    trim_shared(&ref, &ref_count, &alt, &alt_count);
    return (ref_count == 0 || is_bases(ref, ref_count)) && (alt_count == 0 || is_bases(alt, alt_count));
}

static enum AlleleClass class_of(const char *ref, size_t ref_count, const char *alt, size_t alt_count)
{
    if (alt_count == 0 || (alt_count == 1 && *alt == '.') || (alt_count == ref_count && equal_bases(ref, alt, alt_count)))
        return CLASS_NO_CHANGE;
    if (alt_count == 1 && *alt == '*')
        return CLASS_SPANNING;
    if (*alt == '<')
        return CLASS_SYMBOLIC;
    if (memchr(alt, '[', alt_count) || memchr(alt, ']', alt_count) || *alt == '.' || alt[alt_count - 1] == '.')
        return CLASS_BREAKEND;
    if (!changes_bases(ref, ref_count, alt, alt_count))
        return CLASS_OTHER;
    if (ref_count == alt_count)
        return ref_count == 1 ? CLASS_SNV : CLASS_MNV;
    return alt_count > ref_count ? CLASS_INSERTION : CLASS_DELETION;
}

void tally_allele(Tally *tally, const char *ref, size_t ref_count, const char *alt, size_t alt_count)
{
    enum AlleleClass kind = class_of(ref, ref_count, alt, alt_count);
    tally->alleles++;
    tally->classes[kind]++;
    if (kind != CLASS_SNV)
        return;
    char a = (char)(*ref & ~32), b = (char)(*alt & ~32);
    bool purines = (a == 'A' || a == 'G') && (b == 'A' || b == 'G');
    bool pyrimidines = (a == 'C' || a == 'T') && (b == 'C' || b == 'T');
    if (purines || pyrimidines)
        tally->transitions++;
    else
        tally->transversions++;
}

/* Under which words of the original service's log an effect is counted. */
static enum Place place_of(const Effect *effect)
{
    int term = worst_term(effect->terms);
    bool coding = effect->tx->flags & TX_PROTEIN_CODING;
    if (effect->distance > 0)
        return PLACE_INTERGENIC;
    if (term == UTR_5)
        return PLACE_UTR_5;
    if (term == UTR_3)
        return PLACE_UTR_3;
    if (effect->exon_first == 0 && effect->intron_first != 0)
        return coding ? PLACE_INTRONIC : PLACE_NON_CODING_INTRONIC;
    return coding ? PLACE_CDS : PLACE_NON_CODING_EXONIC;
}

void tally_effects(Worker *worker)
{
    Tally *tally = &worker->tally;
    int worst = INTERGENIC;
    bool touched = false;
    tally->annotated_alleles++;
    for (uint32_t i = 0; i < worker->effect_count; i++) {
        const Effect *effect = &worker->effects[i];
        int term = worst_term(effect->terms);
        worst = term < worst ? term : worst;
        if (effect->distance > 0)
            continue;
        touched = true;
        enum Place place = place_of(effect);
        tally->places[place]++;
        if (place == PLACE_CDS || place == PLACE_UTR_3 || place == PLACE_UTR_5)
            tally->places[PLACE_EXONIC]++;
        /* A gene with several transcripts counts once for an allele. */
        if (worker->gene_stamps[effect->tx->gene] != tally->annotated_alleles) {
            worker->gene_stamps[effect->tx->gene] = tally->annotated_alleles;
            worker->gene_counts[effect->tx->gene]++;
        }
    }
    if (!touched)
        tally->places[PLACE_INTERGENIC]++;
    tally->terms[worst]++;
    tally->impacts[TERMS[worst].impact]++;
}
