/* What an allele does to each transcript that it touches or comes near. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

const TermFacts TERMS[TERM_COUNT] = {
    [TRANSCRIPT_ABLATION] = {"transcript_ablation", HIGH},
    [SPLICE_ACCEPTOR] = {"splice_acceptor_variant", HIGH},
    [SPLICE_DONOR] = {"splice_donor_variant", HIGH},
    [STOP_GAINED] = {"stop_gained", HIGH},
    [FRAMESHIFT] = {"frameshift_variant", HIGH},
    [STOP_LOST] = {"stop_lost", HIGH},
    [START_LOST] = {"start_lost", HIGH},
    [TRANSCRIPT_AMPLIFICATION] = {"transcript_amplification", HIGH},
    [FEATURE_ELONGATION] = {"feature_elongation", HIGH},
    [FEATURE_TRUNCATION] = {"feature_truncation", HIGH},
    [INFRAME_INSERTION] = {"inframe_insertion", MODERATE},
    [INFRAME_DELETION] = {"inframe_deletion", MODERATE},
    [MISSENSE] = {"missense_variant", MODERATE},
    [PROTEIN_ALTERING] = {"protein_altering_variant", MODERATE},
    [SPLICE_DONOR_5TH_BASE] = {"splice_donor_5th_base_variant", LOW},
    [SPLICE_REGION] = {"splice_region_variant", LOW},
    [SPLICE_DONOR_REGION] = {"splice_donor_region_variant", LOW},
    [SPLICE_POLYPYRIMIDINE] = {"splice_polypyrimidine_tract_variant", LOW},
    [INCOMPLETE_TERMINAL_CODON] = {"incomplete_terminal_codon_variant", LOW},
    [START_RETAINED] = {"start_retained_variant", LOW},
    [STOP_RETAINED] = {"stop_retained_variant", LOW},
    [SYNONYMOUS] = {"synonymous_variant", LOW},
    [CODING_SEQUENCE] = {"coding_sequence_variant", MODIFIER},
    [UTR_5] = {"5_prime_UTR_variant", MODIFIER},
    [UTR_3] = {"3_prime_UTR_variant", MODIFIER},
    [NON_CODING_EXON] = {"non_coding_transcript_exon_variant", MODIFIER},
    [INTRON] = {"intron_variant", MODIFIER},
    [NMD_TRANSCRIPT] = {"NMD_transcript_variant", MODIFIER},
    [NON_CODING_TRANSCRIPT] = {"non_coding_transcript_variant", MODIFIER},
    [CODING_TRANSCRIPT] = {"coding_transcript_variant", MODIFIER},
    [UPSTREAM] = {"upstream_gene_variant", MODIFIER},
    [DOWNSTREAM] = {"downstream_gene_variant", MODIFIER},
    [INTERGENIC] = {"intergenic_variant", MODIFIER},
};

const char *const IMPACTS[IMPACT_COUNT] = {"HIGH", "MODERATE", "LOW", "MODIFIER"};

enum { SHORTEST_INTRON = 13 }; /* a shorter gap between exons corrects a frame: nothing is spliced there */

int worst_term(uint64_t terms)
{
    return __builtin_ctzll(terms);
}

/* Whether an edit touches an interval; an insertion does if it lies between two of its bases. */
static bool touches(int64_t start, int64_t end, int64_t low, int64_t high)
{
    return start == end ? low < start && start < high : start < high && low < end;
}

/* ---- exons and introns -------------------------------------------------------------------------------------------------- */

/* The terms of one intron, given by its bounds on the contig. */
static uint64_t intron_terms(const Frame *frame, int64_t low, int64_t high, int64_t start, int64_t end)
{
    bool insertion = start == end, minus = frame->minus;
    int64_t length = high - low;
    if (length < SHORTEST_INTRON)
        return touches(start, end, low, high) || (insertion && (start == low || start == high)) ? BIT(INTRON) : 0;
    uint64_t terms = 0;
    if (touches(start, end, low, low + 2))
        terms |= BIT(minus ? SPLICE_ACCEPTOR : SPLICE_DONOR);
    if (touches(start, end, high - 2, high))
        terms |= BIT(minus ? SPLICE_DONOR : SPLICE_ACCEPTOR);
    bool inner = touches(start, end, low + 2, high - 2) || (insertion && (start == low + 2 || start == high - 2));
    bool edge = insertion && (start == low || start == high);
    if (inner || edge)
        terms |= BIT(INTRON);
    /* Bases counted from the donor: 1 is the first of the intron. */
    int64_t donor = minus ? high : low, acceptor = minus ? low : high, way = minus ? -1 : 1;
#define STRETCH(anchor, from, to) \
    touches(start, end, way > 0 ? (anchor) + (from) : (anchor) - (to), way > 0 ? (anchor) + (to) : (anchor) - (from))
    if (STRETCH(donor, 4, 5))
        terms |= BIT(SPLICE_DONOR_5TH_BASE);
    else if (STRETCH(donor, 2, 6))
        terms |= BIT(SPLICE_DONOR_REGION);
    if (STRETCH(acceptor, -17, -2))
        terms |= BIT(SPLICE_POLYPYRIMIDINE);
    bool near = STRETCH(donor, -3, 0) || STRETCH(donor, 2, 8) || STRETCH(acceptor, -8, -2) || STRETCH(acceptor, 0, 3);
#undef STRETCH
    near |= edge || (insertion && (start == low + 2 || start == high - 2));
    if (near && !(terms & (BIT(SPLICE_ACCEPTOR) | BIT(SPLICE_DONOR) | BIT(SPLICE_DONOR_REGION) | BIT(SPLICE_DONOR_5TH_BASE))))
        terms |= BIT(SPLICE_REGION);
    return terms;
}

static void number_range(int32_t *first, int32_t *last, int number)
{
    if (*first == 0 || number < *first)
        *first = number;
    if (number > *last)
        *last = number;
}

/* Which exons, introns, untranslated and coding bases an interval touches. Coding bases are only noted as such. */
void add_regions(const Frame *frame, int64_t start, int64_t end, Effect *effect)
{
    const Transcript *tx = frame->tx;
    int first = exon_before(frame, start - 4), count = (int)tx->exon_count;
    for (int i = first < 0 ? 0 : first; i < count && frame->exons[i].start - 3 <= end; i++) {
        const Exon *exon = &frame->exons[i];
        bool last_or_first_edge = start == end && ((i == 0 && start == exon->start) || (i == count - 1 && start == exon->end));
        if (touches(start, end, exon->start, exon->end) && !last_or_first_edge) {
            number_range(&effect->exon_first, &effect->exon_last, exon_number(frame, i));
            if (!(tx->flags & TX_CODING))
                effect->terms |= BIT(NON_CODING_EXON);
            else {
                int64_t low = exon->start, high = exon->end, from = tx->cds_low, to = tx->cds_high;
                int64_t middle_low = low > from ? low : from, middle_high = high < to ? high : to;
                bool at_low = start == end && start == from, at_high = start == end && start == to;
                if (low < from && (touches(start, end, low, high < from ? high : from) || at_low))
                    effect->terms |= BIT(frame->minus ? UTR_3 : UTR_5);
                if (high > to && (touches(start, end, low > to ? low : to, high) || at_high))
                    effect->terms |= BIT(frame->minus ? UTR_5 : UTR_3);
                if (middle_low < middle_high && touches(start, end, middle_low, middle_high))
                    effect->terms |= BIT(CODING_SEQUENCE);
            }
        }
        if (i + 1 < count) {
            uint64_t terms = intron_terms(frame, exon->end, frame->exons[i + 1].start, start, end);
            effect->terms |= terms;
            if (touches(start, end, exon->end, frame->exons[i + 1].start)
                || (start == end && terms && start >= exon->end && start <= frame->exons[i + 1].start)) {
                int number = frame->minus ? count - 1 - i : i + 1;
                number_range(&effect->intron_first, &effect->intron_last, number);
            }
        }
    }
}

/* Terms that follow from the kind of transcript, or say less than another one does. */
void finish_terms(Effect *effect)
{
    const Transcript *tx = effect->tx;
    if (!(tx->flags & TX_CODING) && (effect->terms & BIT(INTRON) || effect->terms == 0))
        effect->terms |= BIT(NON_CODING_TRANSCRIPT);
    if (tx->flags & TX_NMD)
        effect->terms |= BIT(NMD_TRANSCRIPT);
    if (effect->terms == 0 || effect->terms == BIT(NMD_TRANSCRIPT))
        effect->terms |= BIT(CODING_SEQUENCE);
}

/* ---- one transcript -------------------------------------------------------------------------------------------------------- */

/* The exon that holds an edit whole, or -1. An edit may leave the transcript at the outer edge of its last exon. */
static int holding_exon(const Frame *frame, const Edit *edit)
{
    int exon = exon_before(frame, edit->start == edit->end ? edit->start - 1 : edit->start);
    int count = (int)frame->tx->exon_count;
    if (exon < 0)
        return edit->end <= frame->exons[0].end ? 0 : -1;
    if (edit->start == edit->end)
        return edit->start < frame->exons[exon].end && edit->start > frame->exons[exon].start ? exon : -1;
    if (edit->start >= frame->exons[exon].end)
        return -1;
    return edit->end <= frame->exons[exon].end || exon == count - 1 ? exon : -1;
}

static void places_on_mrna(const Frame *frame, int exon, const Edit *edit, Effect *effect)
{
    const Exon *one = &frame->exons[exon];
    int64_t low = edit->start, high = edit->end - 1;
    if (high < low)
        low = edit->start - 1, high = edit->start;
    int64_t first = frame->minus ? high : low, last = frame->minus ? low : high;
    bool first_in = first >= one->start && first < one->end, last_in = last >= one->start && last < one->end;
    effect->cdna_first = first_in ? (int32_t)mrna_position(frame, exon, first) + 1 : 0;
    effect->cdna_last = last_in ? (int32_t)mrna_position(frame, exon, last) + 1 : 0;
}

/* Whether an edit takes one of the transcript's bases from the one up to before the other away, whatever introns lie between. */
static bool takes_bases(const Frame *frame, const Edit *edit, int64_t from, int64_t to)
{
    for (int number = 0; number < (int)frame->tx->exon_count; number++) {
        const Exon *exon = &frame->exons[number];
        int64_t low = edit->start > exon->start ? edit->start : exon->start;
        int64_t high = edit->end < exon->end ? edit->end : exon->end;
        if (low >= high)
            continue;
        int64_t one = mrna_position(frame, number, low), other = mrna_position(frame, number, high - 1);
        int64_t first = one < other ? one : other, last = one < other ? other : one;
        if (first < to && from <= last)
            return true;
    }
    return false;
}

/* An edit that joins exon and intron, or several exons: what it takes away is known, what is made of the rest is not. */
static void judge_by_overlap(const Frame *frame, const Edit *edit, Effect *effect)
{
    const Transcript *tx = frame->tx;
    effect->by_overlap = true;
    if (!(tx->flags & TX_CODING) || !(effect->terms & BIT(CODING_SEQUENCE)) || edit->start == edit->end)
        return;
    int64_t rest = ((int64_t)tx->cds_end - tx->cds_start + tx->pad) % 3, terminator = rest ? rest : 3; /* a tail may complete it */
    if (!(tx->flags & TX_START_UNKNOWN) && takes_bases(frame, edit, tx->cds_start, (int64_t)tx->cds_start + 3))
        effect->terms |= BIT(START_LOST);
    if (!(tx->flags & TX_END_UNKNOWN) && takes_bases(frame, edit, tx->cds_end - terminator, tx->cds_end))
        effect->terms |= BIT(STOP_LOST);
}

static void effect_on_exon(Worker *worker, const Allele *allele, const Frame *frame, const Edit *edit, int exon, Effect *effect)
{
    const Transcript *tx = frame->tx;
    const Exon *one = &frame->exons[exon];
    Text *bases = &worker->upper;
    int64_t low = frame->minus ? one->end - edit->end : edit->start - one->start;
    MrnaEdit mrna = {.start = one->mrna + low, .end = one->mrna + low + (edit->end - edit->start), .bases = edit->bases,
                     .count = edit->count, .slack = allele->right.start - allele->left.start, .pure = allele->pure};
    if (frame->minus && edit->count > 0) {
        bases->length = 0;
        text_add(bases, edit->bases, (size_t)edit->count);
        if (bases->failed)
            return;
        reverse_complement(bases->data, edit->count);
        mrna.bases = bases->data;
    }
    places_on_mrna(frame, exon, edit, effect);
    if (!(tx->flags & TX_CODING) || !(effect->terms & BIT(CODING_SEQUENCE)))
        return;
    effect->terms &= ~BIT(CODING_SEQUENCE);
    if (allele->snv && !worker->options.general
        && effect_of_coding_snv(worker, frame, tx->contig, edit->start, *edit->bases, effect))
        return;
    effect_of_coding(worker, frame, &mrna, effect);
}

void effect_of_edit(Worker *worker, const Allele *allele, const Frame *frame, Effect *effect)
{
    const Transcript *tx = frame->tx;
    Edit edit = frame->minus ? allele->left : allele->right;
    edit.start += frame->shift, edit.end += frame->shift;
    if (edit.start <= tx->start && tx->end <= edit.end && edit.end - edit.start > edit.count) {
        effect->terms |= BIT(TRANSCRIPT_ABLATION);
        effect->by_overlap = true;
        return;
    }
    add_regions(frame, edit.start, edit.end, effect);
    int exon = holding_exon(frame, &edit);
    if (exon >= 0)
        effect_on_exon(worker, allele, frame, &edit, exon, effect);
    else if (effect->terms & (BIT(CODING_SEQUENCE) | BIT(UTR_5) | BIT(UTR_3) | BIT(NON_CODING_EXON)))
        judge_by_overlap(frame, &edit, effect);
    finish_terms(effect);
    Text *text = &worker->scratch;
    effect->hgvsc.offset = (uint32_t)text->length;
    hgvs_transcript(worker, allele, frame, &edit, text);
    effect->hgvsc.length = (uint32_t)text->length - effect->hgvsc.offset;
}

void effect_near(const Frame *frame, int64_t start, int64_t end, Effect *effect)
{
    const Transcript *tx = frame->tx;
    bool before = end <= tx->start;
    effect->distance = before ? tx->start - (end > start ? end - 1 : end - 1) : start - (tx->end - 1);
    effect->terms = BIT(before == !frame->minus ? UPSTREAM : DOWNSTREAM);
}

void effects_add(Worker *worker, const Effect *effect)
{
    if (worker->effect_count == worker->effect_capacity) {
        uint32_t wanted = worker->effect_capacity ? worker->effect_capacity * 2 : 64;
        Effect *grown = realloc(worker->effects, wanted * sizeof *grown);
        if (grown == NULL) {
            worker->no_memory = true;
            return;
        }
        worker->effects = grown;
        worker->effect_capacity = wanted;
    }
    worker->effects[worker->effect_count++] = *effect;
}

/* ---- all transcripts ------------------------------------------------------------------------------------------------------ */

typedef void (*Visit)(Worker *worker, const void *what, const Frame *frame, int64_t distance);

/* Visits the transcripts within a distance of an interval on the unrolled contig; `shift` leads there from the file's own. */
static void visit_copy(Worker *worker, uint32_t contig, int64_t start, int64_t end, int64_t shift, Visit visit, const void *what)
{
    const Model *model = worker->model;
    const Contig *facts = &model->contigs[contig];
    int64_t distance = worker->options.distance, low = start + shift - distance - 1, high = end + shift + distance + 1;
    if (facts->bin_count == 0 || high < 0)
        return;
    int64_t bin = low < 0 ? 0 : low >> BIN_SHIFT;
    if (bin >= facts->bin_count)
        return;
    uint32_t last = facts->transcript_first + facts->transcript_count;
    for (uint32_t i = model->bins[facts->bin_first + bin]; i < last && model->starts[i] < high; i++) {
        if (model->ends[i] <= low)
            continue;
        const Transcript *tx = &model->transcripts[i];
        Frame frame = {tx, model->exons + tx->exon_first, (tx->flags & TX_MINUS) != 0, shift};
        visit(worker, what, &frame, distance);
    }
}

static void visit_all(Worker *worker, uint32_t contig, int64_t start, int64_t end, Visit visit, const void *what)
{
    const Contig *facts = &worker->model->contigs[contig];
    visit_copy(worker, contig, start, end, 0, visit, what);
    if (facts->flags & CONTIG_CIRCULAR) {
        visit_copy(worker, contig, start, end, facts->length, visit, what);
        visit_copy(worker, contig, start, end, -(int64_t)facts->length, visit, what);
    }
}

/* Whether this transcript has an effect already, from another turn around a circular contig; the nearer one is kept. */
static bool known_effect(Worker *worker, const Effect *effect)
{
    uint32_t *place = &worker->effect_of[effect->tx - worker->model->transcripts];
    if (*place >= worker->effect_count || worker->effects[*place].tx != effect->tx) {
        *place = worker->effect_count;
        return false;
    }
    Effect *known = &worker->effects[*place];
    if (effect->distance < known->distance)
        *known = *effect;
    return true;
}

static void take(Worker *worker, const Effect *effect, bool circular)
{
    if (!circular || !known_effect(worker, effect))
        effects_add(worker, effect);
}

static bool touched(const Transcript *tx, int64_t start, int64_t end)
{
    return touches(start, end, tx->start, tx->end);
}

static void visit_edit(Worker *worker, const void *what, const Frame *frame, int64_t distance)
{
    const Allele *allele = what;
    const Transcript *tx = frame->tx;
    const Edit *edit = frame->minus ? &allele->left : &allele->right;
    int64_t start = edit->start + frame->shift, end = edit->end + frame->shift;
    bool circular = worker->model->contigs[allele->contig].flags & CONTIG_CIRCULAR;
    Effect effect = {.tx = tx};
    if (touched(tx, start, end))
        effect_of_edit(worker, allele, frame, &effect);
    else {
        effect_near(frame, start, end, &effect);
        if (effect.distance > distance)
            return;
    }
    take(worker, &effect, circular);
}

void effects_of_allele(Worker *worker, const Allele *allele)
{
    worker->effect_count = 0;
    visit_all(worker, allele->contig, allele->left.start, allele->right.end, visit_edit, allele);
}

/* ---- structural changes: what their coordinates cover or break ---------------------------------------------------------- */

typedef struct {
    int64_t start, end;
    enum Structural kind;
    bool circular;
} Event;

/* An event that encloses a transcript: it comes and goes, or lies the other way round, as a whole. */
static void judge_whole(const Event *event, Effect *effect)
{
    if (event->kind == SV_DELETION)
        effect->terms = BIT(TRANSCRIPT_ABLATION);
    else if (event->kind == SV_DUPLICATION)
        effect->terms = BIT(TRANSCRIPT_AMPLIFICATION);
    else {
        effect->terms = effect->tx->flags & TX_CODING ? BIT(CODING_TRANSCRIPT) : 0;
        finish_terms(effect);
    }
}

static const uint64_t SPLICING = BIT(SPLICE_ACCEPTOR) | BIT(SPLICE_DONOR) | BIT(SPLICE_DONOR_5TH_BASE) | BIT(SPLICE_REGION)
                                 | BIT(SPLICE_DONOR_REGION) | BIT(SPLICE_POLYPYRIMIDINE);

/* Where in an intron the breakpoint of an inversion breaks it that lies between intron and exon. If it turns the
 * intron's bases around, it takes the splice site from its exon: so it does between the site's two bases. If it
 * turns the exon's, the site stays as it is. */
static int64_t turned_place(const Frame *frame, int64_t place, bool first)
{
    int before = exon_before(frame, place - 1), at = exon_before(frame, place), count = (int)frame->tx->exon_count;
    if (first && before >= 0 && before + 1 < count && place == frame->exons[before].end)
        return place + 1;
    if (!first && at > 0 && place == frame->exons[at].start)
        return place - 1;
    return place;
}

/* The terms of splicing that a breakpoint, between two bases, gives a transcript. */
static uint64_t splicing_at(const Frame *frame, int64_t place)
{
    Effect effect = {.tx = frame->tx};
    add_regions(frame, place, place, &effect);
    return effect.terms & SPLICING;
}

/* Whether an event makes a transcript longer or shorter, as VEP has it: where it touches its exons. What is copied
 * from outside leaves a whole one beside it, and what is turned around is as long as it was. A breakend is taken for
 * the end of its transcript wherever it lies. */
static uint64_t terms_of_length(const Event *event, const Transcript *tx, int64_t start, int64_t end, bool exonic)
{
    switch (event->kind) {
    case SV_BREAKEND:
        return BIT(FEATURE_TRUNCATION);
    case SV_DELETION:
        return exonic ? BIT(FEATURE_TRUNCATION) : 0;
    case SV_DUPLICATION:
    case SV_INSERTION:
        return exonic && tx->start <= start && end <= tx->end ? BIT(FEATURE_ELONGATION) : 0;
    case SV_INVERSION:
    case SV_COPY_NUMBER:
        break;
    }
    return 0;
}

/* What an event does that lies in a transcript with one end or both. Only a deletion takes the splice sites that it covers
 * away: what is copied or turned around has them still, unless a breakpoint lies in one. */
static void judge_part(const Event *event, const Frame *frame, int64_t start, int64_t end, Effect *effect)
{
    add_regions(frame, start, end, effect);
    if (event->kind == SV_DELETION)
        judge_by_overlap(frame, &(Edit){start, end, NULL, 0}, effect);
    else {
        bool turns = event->kind == SV_INVERSION;
        effect->terms &= ~SPLICING;
        effect->terms |= splicing_at(frame, turns ? turned_place(frame, start, true) : start);
        effect->terms |= splicing_at(frame, turns ? turned_place(frame, end, false) : end);
    }
    effect->terms |= terms_of_length(event, frame->tx, start, end, effect->exon_first > 0);
    finish_terms(effect);
}

static void visit_event(Worker *worker, const void *what, const Frame *frame, int64_t distance)
{
    const Event *event = what;
    const Transcript *tx = frame->tx;
    int64_t start = event->start + frame->shift, end = event->end + frame->shift;
    Effect effect = {.tx = tx, .by_overlap = true};
    if (!touched(tx, start, end)) {
        effect_near(frame, start, end, &effect);
        if (effect.distance > distance)
            return;
    } else if (start <= tx->start && tx->end <= end)
        judge_whole(event, &effect);
    else
        judge_part(event, frame, start, end, &effect);
    take(worker, &effect, event->circular);
}

void effects_of_structural(Worker *worker, uint32_t contig, int64_t start, int64_t end, enum Structural kind)
{
    Event event = {start, end, kind, (worker->model->contigs[contig].flags & CONTIG_CIRCULAR) != 0};
    worker->effect_count = 0;
    visit_all(worker, contig, start, end, visit_event, &event);
}
