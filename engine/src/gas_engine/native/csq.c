/* The entries of one allele: CSQ as VEP writes it, ANN as snpEff does, and one row of the table. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

/* Lower is listed first: the most severe term, then the transcript that PICK prefers. */
static int listed_before(const Effect *a, const Effect *b)
{
    int left = worst_term(a->terms), right = worst_term(b->terms);
    if (left != right)
        return left < right ? -1 : 1;
    if (a->tx->tier != b->tx->tier)
        return a->tx->tier < b->tx->tier ? -1 : 1;
    return a->tx->order < b->tx->order ? -1 : a->tx->order > b->tx->order;
}

static int compare_effects(const void *a, const void *b)
{
    return listed_before(a, b);
}

static void sort_effects(Worker *worker)
{
    Effect *effects = worker->effects;
    uint32_t count = worker->effect_count;
    if (count > 32) {
        qsort(effects, count, sizeof *effects, compare_effects);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        Effect moving = effects[i];
        uint32_t to = i;
        while (to > 0 && listed_before(&moving, &effects[to - 1]) < 0) {
            effects[to] = effects[to - 1];
            to--;
        }
        effects[to] = moving;
    }
}

/* PICK: touched before near, then MANE, canonical and protein coding, then severity, then the longer transcript. */
static uint32_t picked(const Worker *worker)
{
    const Effect *effects = worker->effects;
    uint32_t best = 0;
    for (uint32_t i = 1; i < worker->effect_count; i++) {
        const Effect *one = &effects[i], *other = &effects[best];
        bool near = one->distance > 0, other_near = other->distance > 0;
        if (near != other_near ? !near : one->tx->tier < other->tx->tier)
            best = i; /* equal ones stand most severe first already */
    }
    return best;
}

static void add_string(const Worker *worker, Text *text, uint32_t offset)
{
    uint32_t length;
    const char *string = model_string(worker->model, offset, &length);
    text_add(text, string, length);
}

static void add_span(const Worker *worker, Text *text, Span span)
{
    text_add(text, worker->scratch.data + span.offset, span.length);
}

static void add_terms(Text *text, uint64_t terms)
{
    for (bool first = true; terms; terms &= terms - 1, first = false) {
        if (!first)
            text_char(text, '&');
        text_string(text, TERMS[worst_term(terms)].name);
    }
}

static void add_range(Text *text, int32_t first, int32_t last)
{
    if (first <= 0 && last <= 0)
        return;
    if (first > 0)
        text_number(text, first);
    else
        text_char(text, '?');
    if (first == last)
        return;
    text_char(text, '-');
    if (last > 0)
        text_number(text, last);
    else
        text_char(text, '?');
}

static void add_rank(Text *text, int32_t first, int32_t last, uint32_t count)
{
    if (first == 0)
        return;
    add_range(text, first, last);
    text_char(text, '/');
    text_number(text, count);
}

/* The protein's name and change. In VCF an equals sign within a value is written %3D. */
static void add_protein(const Worker *worker, Text *text, const Effect *effect, bool escaped)
{
    if (effect->hgvsp.length == 0)
        return;
    const char *change = worker->scratch.data + effect->hgvsp.offset;
    uint32_t length = effect->hgvsp.length;
    add_string(worker, text, effect->tx->protein);
    text_char(text, ':');
    bool equals = escaped && change[length - 1] == '=';
    text_add(text, change, length - equals);
    if (equals)
        text_string(text, "%3D");
}

static void add_flags(Text *text, const Effect *effect)
{
    static const struct {
        uint32_t flag;
        const char *name;
    } FLAGS[] = {{TX_START_UNKNOWN, "cds_start_NF"}, {TX_END_UNKNOWN, "cds_end_NF"}};
    bool first = true;
    for (int i = 0; i < 2; i++)
        if (effect->tx->flags & FLAGS[i].flag) {
            if (!first)
                text_char(text, '&');
            text_string(text, FLAGS[i].name);
            first = false;
        }
    if (effect->nmd)
        text_string(text, first ? "NMD" : "&NMD");
}

static void add_genomic(const Worker *worker, Text *text)
{
    text_add(text, worker->hgvsg.data, worker->hgvsg.length);
}

static void csq_entry(const Worker *worker, Text *text, const Effect *effect, const char *shown, size_t length, int number,
                      bool pick)
{
    const Transcript *tx = effect->tx;
    text_add(text, shown, length);
    text_char(text, '|');
    add_terms(text, effect->terms);
    text_char(text, '|');
    text_string(text, IMPACTS[TERMS[worst_term(effect->terms)].impact]);
    text_char(text, '|');
    add_string(worker, text, tx->head);
    add_rank(text, effect->exon_first, effect->exon_last, tx->exon_count);
    text_char(text, '|');
    add_rank(text, effect->intron_first, effect->intron_last, tx->exon_count - 1);
    text_char(text, '|');
    add_span(worker, text, effect->hgvsc);
    text_char(text, '|');
    add_protein(worker, text, effect, true);
    text_char(text, '|');
    add_range(text, effect->cdna_first, effect->cdna_last);
    text_char(text, '|');
    add_range(text, effect->cds_first, effect->cds_last);
    text_char(text, '|');
    add_range(text, effect->protein_first, effect->protein_last);
    text_char(text, '|');
    add_span(worker, text, effect->residues);
    text_char(text, '|');
    add_span(worker, text, effect->codons);
    text_char(text, '|');
    known_add_existing(worker, text, number - 1);
    text_char(text, '|');
    text_number(text, number);
    text_char(text, '|');
    if (effect->distance > 0)
        text_number(text, effect->distance);
    text_string(text, tx->flags & TX_MINUS ? "|-1|" : "|1|");
    add_flags(text, effect);
    text_char(text, '|');
    add_string(worker, text, tx->tail);
    text_string(text, pick ? "|1|" : "||");
    add_genomic(worker, text);
}

static void csq_intergenic(const Worker *worker, Text *text, const char *shown, size_t length, int number)
{
    text_add(text, shown, length);
    text_string(text, "|intergenic_variant|MODIFIER|||||||||||||||");
    known_add_existing(worker, text, number - 1);
    text_char(text, '|');
    text_number(text, number);
    text_string(text, "|||||||1|");
    add_genomic(worker, text);
}

/* What stands behind the colon of a name. */
static void add_change(const Worker *worker, Text *text, Span span)
{
    const char *start = worker->scratch.data + span.offset;
    const char *colon = span.length ? memchr(start, ':', span.length) : NULL;
    if (colon != NULL)
        text_add(text, colon + 1, span.length - (size_t)(colon + 1 - start));
    else
        add_span(worker, text, span);
}

static void add_of(Text *text, int32_t first, int32_t length)
{
    if (first <= 0)
        return;
    text_number(text, first);
    text_char(text, '/');
    text_number(text, length);
}

static void ann_entry(const Worker *worker, Text *text, const Effect *effect, const char *alt, size_t length)
{
    const Transcript *tx = effect->tx;
    int32_t coding = tx->flags & TX_CODING ? tx->cds_end - tx->cds_start : 0;
    text_add(text, alt, length);
    text_char(text, '|');
    add_terms(text, effect->terms);
    text_char(text, '|');
    text_string(text, IMPACTS[TERMS[worst_term(effect->terms)].impact]);
    text_char(text, '|');
    add_string(worker, text, tx->symbol);
    text_char(text, '|');
    add_string(worker, text, tx->gene_identifier);
    text_string(text, "|transcript|");
    add_string(worker, text, tx->identifier);
    text_char(text, '|');
    add_string(worker, text, tx->biotype);
    text_char(text, '|');
    add_rank(text, effect->exon_first ? effect->exon_first : effect->intron_first,
             effect->exon_first ? effect->exon_last : effect->intron_last, tx->exon_count - !effect->exon_first);
    text_char(text, '|');
    add_change(worker, text, effect->hgvsc);
    text_char(text, '|');
    uint32_t equals = effect->hgvsp.length && worker->scratch.data[effect->hgvsp.offset + effect->hgvsp.length - 1] == '=';
    text_add(text, worker->scratch.data + effect->hgvsp.offset, effect->hgvsp.length - equals);
    text_string(text, equals ? "%3D|" : "|");
    add_of(text, effect->cdna_first, tx->mrna_length);
    text_char(text, '|');
    add_of(text, effect->cds_first, coding);
    text_char(text, '|');
    add_of(text, effect->protein_first, coding / 3);
    text_char(text, '|');
    if (effect->distance > 0)
        text_number(text, effect->distance);
    text_char(text, '|');
}

/* The record's ID, or where it has none, the identifiers of this allele. */
static void add_id(const Worker *worker, Text *text, int index)
{
    const char *id = worker->column[2];
    size_t length = worker->column_length[2];
    const Text *known = length == 0 || (length == 1 && *id == '.') ? known_ids(worker, index, ';') : NULL;
    if (known != NULL)
        text_add(text, known->data, known->length);
    else
        text_add(text, id, length);
}

static void row_end(const Worker *worker, Text *text, int index)
{
    known_add_row(worker, text, index);
    text_char(text, '\n');
}

/* CHROM POS ID REF ALT FILTER, then what is known of the picked transcript, and what sources say of allele `index`. */
static void table_row(Worker *worker, const char *alt, size_t alt_length, const Effect *effect, int index)
{
    Text *text = &worker->rows;
    for (int i = 0; i < 4; i++) {
        if (i == 2)
            add_id(worker, text, index);
        else
            text_add(text, worker->column[i], worker->column_length[i]);
        text_char(text, '\t');
    }
    text_add(text, alt, alt_length);
    text_char(text, '\t');
    text_add(text, worker->column[6], worker->column_length[6]);
    text_char(text, '\t');
    add_terms(text, effect ? effect->terms : BIT(INTERGENIC));
    text_char(text, '\t');
    text_string(text, IMPACTS[effect ? TERMS[worst_term(effect->terms)].impact : MODIFIER]);
    text_char(text, '\t');
    if (effect == NULL) {
        text_string(text, "\t\t\t\t\t\t");
        add_genomic(worker, text);
        text_string(text, "\t\t\t\t\t\t");
        row_end(worker, text, index);
        return;
    }
    add_string(worker, text, effect->tx->symbol);
    text_char(text, '\t');
    add_string(worker, text, effect->tx->gene_identifier);
    text_char(text, '\t');
    add_string(worker, text, effect->tx->identifier);
    text_char(text, '\t');
    add_string(worker, text, effect->tx->biotype);
    text_char(text, '\t');
    add_rank(text, effect->exon_first, effect->exon_last, effect->tx->exon_count);
    text_char(text, '\t');
    add_rank(text, effect->intron_first, effect->intron_last, effect->tx->exon_count - 1);
    text_char(text, '\t');
    add_genomic(worker, text);
    text_char(text, '\t');
    add_span(worker, text, effect->hgvsc);
    text_char(text, '\t');
    add_protein(worker, text, effect, false);
    text_char(text, '\t');
    add_range(text, effect->cds_first, effect->cds_last);
    text_char(text, '\t');
    add_range(text, effect->protein_first, effect->protein_last);
    text_char(text, '\t');
    add_span(worker, text, effect->residues);
    text_char(text, '\t');
    add_span(worker, text, effect->codons);
    row_end(worker, text, index);
}

/* Writes entries while the record has room for them; returns how many, of an intergenic allele one. */
uint32_t write_entries(Worker *worker, const char *shown, size_t shown_length, int number, const char *alt, size_t alt_length)
{
    sort_effects(worker);
    uint32_t count = worker->effect_count, pick = count ? picked(worker) : 0, written = 0, wanted = count ? count : 1;
    Text *csq = &worker->entries, *ann = &worker->ann_entries;
    while (written < wanted) {
        const Effect *effect = count ? &worker->effects[written] : NULL;
        size_t csq_before = csq->length, ann_before = ann->length;
        if (worker->options.csq) {
            if (csq->length > 0)
                text_char(csq, ',');
            if (effect)
                csq_entry(worker, csq, effect, shown, shown_length, number, written == pick);
            else
                csq_intergenic(worker, csq, shown, shown_length, number);
        }
        if (worker->options.ann) {
            if (ann->length > 0)
                text_char(ann, ',');
            if (effect)
                ann_entry(worker, ann, effect, alt, alt_length);
            else {
                text_add(ann, alt, alt_length);
                text_string(ann, "|intergenic_variant|MODIFIER|||||||||||||");
            }
        }
        if ((int64_t)(csq->length + ann->length) > worker->options.max_growth_bytes) {
            csq->length = csq_before, ann->length = ann_before;
            break;
        }
        written++;
    }
    if (written > 0 && worker->options.table)
        table_row(worker, alt, alt_length, count ? &worker->effects[pick] : NULL, number - 1);
    return written;
}
