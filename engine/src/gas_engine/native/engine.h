/* The annotation core: text of VCF records in, the same text with consequences out. C11 and libc, nothing else.
 *
 * A Model is one reference bundle, read-only and shared by all threads. A Worker is what one thread needs to work: a few
 * windows of sequence, its buffers and its counts. Coordinates are 0-based and half open everywhere but in text. On a
 * circular contig a transcript may end behind the contig's length: it then goes on at the origin.
 */
#ifndef GAS_ENGINE_H
#define GAS_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- text.c: text that grows ------------------------------------------------------------------------------------- */

typedef struct {
    char *data;
    size_t length, capacity;
    bool failed; /* memory ran out: what is written from then on is lost, and the block fails as a whole */
} Text;

bool text_grow(Text *text, size_t more);
void text_number(Text *text, int64_t number);
/* The text has these letters then, in upper case; false: no memory. */
bool text_upper(Text *text, const char *letters, size_t length);
void text_free(Text *text);

/* Half of the time goes into short pieces of text: what writes them stands here, where compilers see it. */
static inline bool text_reserve(Text *text, size_t more)
{
    return text->capacity - text->length >= more || text_grow(text, more);
}

static inline void text_add(Text *text, const char *bytes, size_t length)
{
    if (length == 0 || !text_reserve(text, length))
        return;
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
}

static inline void text_string(Text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

static inline void text_char(Text *text, char sign)
{
    if (text_reserve(text, 1))
        text->data[text->length++] = sign;
}

/* The parts of a text that a sign stands between: of an empty text one empty part, of none (NULL) none. */
typedef struct {
    const char *at, *end;
    char between;
} Parts;

static inline bool next_part(Parts *parts, const char **part, size_t *length)
{
    if (parts->at == NULL)
        return false;
    const char *stop = memchr(parts->at, parts->between, (size_t)(parts->end - parts->at));
    *part = parts->at;
    *length = (size_t)((stop ? stop : parts->end) - parts->at);
    parts->at = stop ? stop + 1 : NULL;
    return true;
}

/* ---- bundle.c: the model file, sequence windows, finding transcripts ----------------------------------------------- */

typedef struct {
    uint64_t sequence_offset; /* of its first byte in sequence.bin; two bases a byte, the first in the high half */
    uint32_t length, flags, code, transcript_first, transcript_count, bin_first, bin_count, name, accession, reserved;
} Contig;

enum { CONTIG_CIRCULAR = 1, CONTIG_MITOCHONDRIAL = 2 };

typedef struct {
    int32_t start, end; /* of the transcript on its contig */
    int32_t mrna_length;
    int32_t cds_start, cds_end;     /* on the mRNA; both -1 where nothing is translated */
    int32_t cds_low, cds_high;      /* on the contig */
    uint32_t flags, gene, exon_first, exon_count;
    uint32_t slip_first, slip_count;           /* CDS segments on the mRNA, only where they are more than one */
    uint32_t exception_first, exception_count; /* residues that the code does not give */
    uint32_t tier, order;           /* preference of PICK before and after severity: lower is better */
    uint32_t contig, code, pad;     /* pad: bases missing before an incomplete first codon */
    uint32_t head, identifier, protein, tail, biotype, symbol, gene_identifier;
    uint32_t reserved;
} Transcript;

enum {
    TX_MINUS = 1, TX_CODING = 2, TX_START_UNKNOWN = 4, TX_END_UNKNOWN = 8, TX_POLY_A = 16, TX_NMD = 32, TX_PSEUDO = 64,
    TX_PROTEIN_CODING = 128
};

typedef struct {
    int32_t start, end, mrna; /* mrna: where the exon's 5' end lies on the mRNA */
} Exon;

typedef struct {
    int32_t start, end;
} Segment;

typedef struct {
    int32_t codon, residue;
} Exception_;

typedef struct {
    char residues[64]; /* by codon number: T=0 C=1 A=2 G=3, the first base counts 16 */
    uint8_t initiates[64]; /* 1: translated as methionine at a start; 2: also keeps a start that is changed into it */
} Code;

typedef struct {
    const uint8_t *map;
    size_t map_size;
    char *sequence; /* the path of sequence.bin: each worker opens it for itself */
    const Contig *contigs;
    const int32_t *starts, *ends;
    const Transcript *transcripts;
    const Exon *exons;
    const Segment *slips;
    const Exception_ *exceptions;
    const uint32_t *bins;
    const Code *codes;
    const char *strings;
    const uint32_t *genes; /* the symbol of each gene */
    uint32_t contig_count, transcript_count, exon_count, slip_count, exception_count, bin_count, code_count, gene_count;
    uint32_t strings_size;
} Model;

enum { BIN_SHIFT = 14, WINDOW_BASES = 16384, WINDOWS = 64 };

typedef struct {
    uint32_t contig, number;
    bool filled;
    uint8_t bases[WINDOW_BASES];
} Window;

typedef struct Worker Worker;

Model *gas_model_open(const char *folder);
void gas_model_close(Model *model);
const char *model_string(const Model *model, uint32_t offset, uint32_t *length);
char base_at(Worker *worker, uint32_t contig, int64_t position);
bool bases_at(Worker *worker, uint32_t contig, int64_t position, int64_t count, char *bases);
int64_t contig_position(const Contig *contig, int64_t position);

/* ---- allele.c: one alternative allele as an edit of the contig ----------------------------------------------------- */

typedef struct {
    int64_t start, end; /* the replaced bases */
    const char *bases;  /* what replaces them, on the plus strand */
    int32_t count;
} Edit;

typedef struct {
    uint32_t contig;
    Edit left, right; /* the same change, as far to the left and to the right as it can be written */
    char *left_bases, *right_bases;
    bool snv, pure; /* pure: only an insertion or only a deletion */
} Allele;

bool is_bases(const char *text, size_t length); /* A, C, G and T alone, and at least one of them */
bool is_nucleotides(const char *text, size_t length); /* or IUPAC's letters for one of several */
/* Whether a record may write REF so, in upper case, where the reference has this base (0: none). VCF 4.5 writes a code of IUPAC
 * as the first base that it stands for; the code itself, its other bases and N, which callers write, are taken as well. */
bool ref_fits(char ref, char base);
/* Leaves out what REF and ALT share at both ends, at the left first, whatever their case; returns how much at the left. */
size_t trim_shared(const char **ref, size_t *ref_count, const char **alt, size_t *alt_count);
extern const char COMPLEMENTS[256]; /* 0 for what is no base */
static inline char complement(char base)
{
    char other = COMPLEMENTS[(uint8_t)base];
    return other == 0 ? 'N' : other;
}
void reverse_complement(char *bases, int64_t count);
/* How far a deletion, or an insertion of `bases`, can be moved right (direction 1) or left (-1). Not over bases that are not
 * known, and by 2^20 at most. A duplication of bases can be moved as far as their deletion. */
int64_t edit_slack(Worker *worker, uint32_t contig, const Edit *edit, int direction);
/* Trims and shifts. The bases are upper case. False: REF and ALT are the same, or memory ran out. */
bool allele_make(Worker *worker, Allele *allele, uint32_t contig, int64_t start, const char *ref, size_t ref_count,
                 const char *alt, size_t alt_count);

/* ---- known.c: what other people's sources know of alleles and regions ------------------------------------------------ */

enum { KNOWN_ALLELES, KNOWN_REGIONS };
enum { VALUE_TEXT, VALUE_NUMBER, VALUE_INTEGER, VALUE_IDENTIFIER };
enum { LONG_ALLELE = 255, MOST_REGIONS = 16, KEPT_BLOCKS = 4, MOST_COLUMNS = 64 };
enum KnownFault { KNOWN_FINE, KNOWN_OUTSIDE, KNOWN_NOT_BASES, KNOWN_CONTRADICTS, KNOWN_NO_CHANGE, KNOWN_UNREADABLE };

/* The file's start, and the tables that `index` begins: what lies from there on is mapped. known_file.py has the same. */
typedef struct {
    char magic[8];
    uint32_t kind, columns, contigs, blocks;
    uint64_t rows, index, contig_table, block_table, column_table;
} KnownHeader;

typedef struct {
    uint32_t first, count; /* blocks */
} KnownContig;

typedef struct {
    uint64_t offset;
    uint32_t start, bytes, rows, reach; /* reach, of regions: the farthest end in this block's branch of the tree */
} KnownBlock;

typedef struct {
    uint64_t offsets, text; /* texts, and where each starts: one more offset than texts */
    uint32_t kind, count;
} KnownColumn;

typedef struct {
    KnownHeader header;
    char *path;
    const uint8_t *map;
    uint64_t size;
    const KnownContig *contigs;
    const KnownBlock *blocks;
    const KnownColumn *columns;
} Known;

/* A block that was read. Alleles: offsets from the block's start in two bytes, codes in one; regions: starts with ends. Then
 * the columns, each as wide as its largest value here; 0 is no value. */
typedef struct {
    uint32_t number, rows, longs, capacity; /* number: of the block, counted from 1; 0 for none */
    uint64_t long_table, places, text, size;
    uint64_t columns[MOST_COLUMNS];
    uint8_t *bytes;
} KeptBlock;

typedef struct {
    const Known *known;
    int file;
    uint32_t first_column, prefix_length, next;
    KeptBlock kept[KEPT_BLOCKS];
    int64_t alleles, records, line;
    bool in_region;
} KnownSource;

typedef struct {
    const char *text;
    uint32_t length;
    bool fills; /* its values go into ID where that is empty */
} KnownName;

/* What a worker looks up: its sources, and what they say of the alleles of the record in hand. */
typedef struct {
    KnownSource *sources;
    KnownName *keys;
    char *key_text;
    uint32_t source_count, column_count;
    uint64_t *values; /* by allele and column; 0: unknown */
    size_t capacity, written;
    int alleles, index;
    int64_t line;
    bool found, cut; /* cut: an allele lies in more regions than are named */
    Text text, ids, existing; /* existing: the identifiers of allele `index`, as entries show them */
} Lookups;

typedef struct {
    uint32_t start, code;
    const char *text; /* of a long allele: bases deleted, bases inserted, the inserted ones */
    uint32_t text_length;
} KnownKey;

/* What an allele touches of a contig, however it may be written; of an insertion the places between bases. */
typedef struct {
    uint32_t contig;
    int64_t start, end;
    bool insertion;
} Extent;

void known_key(Worker *worker, const Allele *allele, KnownKey *key);
int64_t known_row(Worker *worker, KnownSource *source, uint32_t contig, const KnownKey *key, const KeptBlock **found);
uint64_t known_value(const KeptBlock *kept, uint32_t column, uint32_t row);
bool known_regions(Worker *worker, KnownSource *source, const Extent *extent,
                   void (*take)(Worker *worker, KnownSource *source, const KeptBlock *kept, uint32_t row));

/* ---- known_values.c: what they say, collected and written ------------------------------------------------------------- */

void lookups_free(Lookups *lookups);
bool known_has_key(const Worker *worker);
void known_begin(Worker *worker, int64_t line, int alleles);
void known_allele(Worker *worker, int index);
void known_structural(Worker *worker, const Extent *extent, int index);
bool known_add_info(const Worker *worker, Text *output, bool *first);
void known_add_row(const Worker *worker, Text *text, int index);
void known_add_existing(const Worker *worker, Text *text, int index);
const Text *known_ids(const Worker *worker, int index, char between);

/* ---- terms ----------------------------------------------------------------------------------------------------------- */

/* Sequence Ontology terms, most severe first; a set of them is a bit each. */
enum Term {
    TRANSCRIPT_ABLATION, SPLICE_ACCEPTOR, SPLICE_DONOR, STOP_GAINED, FRAMESHIFT, STOP_LOST, START_LOST,
    TRANSCRIPT_AMPLIFICATION, FEATURE_ELONGATION, FEATURE_TRUNCATION, INFRAME_INSERTION, INFRAME_DELETION, MISSENSE,
    PROTEIN_ALTERING, SPLICE_DONOR_5TH_BASE, SPLICE_REGION, SPLICE_DONOR_REGION, SPLICE_POLYPYRIMIDINE,
    INCOMPLETE_TERMINAL_CODON, START_RETAINED, STOP_RETAINED, SYNONYMOUS, CODING_SEQUENCE, UTR_5, UTR_3,
    NON_CODING_EXON, INTRON, NMD_TRANSCRIPT, NON_CODING_TRANSCRIPT, CODING_TRANSCRIPT, UPSTREAM, DOWNSTREAM, INTERGENIC,
    TERM_COUNT
};
#define BIT(term) (1ull << (term))
enum { HIGH, MODERATE, LOW, MODIFIER, IMPACT_COUNT };

typedef struct {
    const char *name;
    int impact;
} TermFacts;
extern const TermFacts TERMS[TERM_COUNT];
extern const char *const IMPACTS[IMPACT_COUNT];
int worst_term(uint64_t terms);

/* ---- transcript.c: where a base of the contig lies in a transcript ------------------------------------------------- */

typedef struct {
    const Transcript *tx;
    const Exon *exons;
    bool minus;
    int64_t shift; /* added to the contig's coordinates of an edit to reach this copy of the transcript */
} Frame;

int exon_before(const Frame *frame, int64_t position); /* last exon that starts at or before it, or -1 */
int64_t mrna_position(const Frame *frame, int exon, int64_t position);
int exon_number(const Frame *frame, int exon);
void write_position(Text *text, const Frame *frame, int64_t position); /* as HGVS counts: 12, -5, *3, 12+4 */

/* ---- effect.c, coding.c, hgvs.c: what an allele does to a transcript ------------------------------------------------ */

typedef struct {
    uint32_t offset, length; /* in the worker's scratch text */
} Span;

typedef struct {
    const Transcript *tx;
    uint64_t terms;
    int64_t distance; /* 0: touched */
    int32_t exon_first, exon_last, intron_first, intron_last;
    int32_t cdna_first, cdna_last, cds_first, cds_last, protein_first, protein_last; /* 1-based; 0 unknown */
    bool nmd, by_overlap; /* by_overlap: judged by what is covered, nothing was compared */
    Span hgvsc, hgvsp, residues, codons;
} Effect;

/* An edit on the mRNA of a transcript, in its direction. */
typedef struct {
    int64_t start, end;
    const char *bases;
    int32_t count;
    int64_t slack; /* how far it could be moved towards the 5' end without changing what results */
    bool pure;
} MrnaEdit;

void effect_of_edit(Worker *worker, const Allele *allele, const Frame *frame, Effect *effect);
void effect_near(const Frame *frame, int64_t start, int64_t end, Effect *effect);
void effect_of_coding(Worker *worker, const Frame *frame, const MrnaEdit *edit, Effect *effect);
bool effect_of_coding_snv(Worker *worker, const Frame *frame, uint32_t contig, int64_t position, char alt, Effect *effect);
void add_regions(const Frame *frame, int64_t start, int64_t end, Effect *effect);
void finish_terms(Effect *effect);
void effects_add(Worker *worker, const Effect *effect);

void hgvs_genomic(Worker *worker, const Allele *allele, Text *text);
void hgvs_transcript(Worker *worker, const Allele *allele, const Frame *frame, const Edit *edit, Text *text);
const char *residue_name(char letter);

enum Structural { SV_DELETION, SV_DUPLICATION, SV_INVERSION, SV_COPY_NUMBER, SV_INSERTION, SV_BREAKEND };
void effects_of_structural(Worker *worker, uint32_t contig, int64_t start, int64_t end, enum Structural kind);
void effects_of_allele(Worker *worker, const Allele *allele);

/* ---- tally.c --------------------------------------------------------------------------------------------------------- */

enum AlleleClass {
    CLASS_SNV, CLASS_INSERTION, CLASS_DELETION, CLASS_MNV, CLASS_SYMBOLIC, CLASS_BREAKEND, CLASS_SPANNING,
    CLASS_NO_CHANGE, CLASS_OTHER, CLASS_COUNT
};
enum Place {
    PLACE_INTERGENIC, PLACE_CDS, PLACE_UTR_3, PLACE_UTR_5, PLACE_INTRONIC, PLACE_NON_CODING_INTRONIC, PLACE_EXONIC,
    PLACE_NON_CODING_EXONIC, PLACE_COUNT
};
/* Why a record or an allele has no consequence. */
enum Reason {
    REASON_NONE, REFERENCE_MISMATCH, UNKNOWN_CONTIG, OTHER_CONTIG, POSITION_OUTSIDE, NOT_BASES, NO_ALTERNATIVE,
    TOO_MANY_ALTERNATIVES, AMBIGUOUS_BASES, SPANNING_DELETION, REFERENCE_BLOCK, UNKNOWN_SYMBOL, UNKNOWN_END,
    TOO_LARGE, NO_CHANGE, REASON_COUNT
};
enum Remark { REMARK_COLUMN_COUNT, REMARK_ENTRIES_CUT, REMARK_KNOWN_CUT, REMARK_COUNT };

typedef struct {
    int64_t records, annotated_records, alleles, annotated_alleles, blank_lines, windows_ends, transitions, transversions;
    int64_t terms[TERM_COUNT], impacts[IMPACT_COUNT], classes[CLASS_COUNT], places[PLACE_COUNT];
    int64_t record_reasons[REASON_COUNT], allele_reasons[REASON_COUNT], remarks[REMARK_COUNT];
    int64_t first_lines[REASON_COUNT]; /* of the first record with each reason; 0: none */
} Tally;

void tally_allele(Tally *tally, const char *ref, size_t ref_count, const char *alt, size_t alt_count);
void tally_effects(Worker *worker);

/* ---- csq.c: the entries of one allele, and its row of the table -------------------------------------------------- */

/* `shown` is the allele as VEP shows it, `alt` as the record has it. */
uint32_t write_entries(Worker *worker, const char *shown, size_t shown_count, int number, const char *alt, size_t alt_count);

/* ---- symbolic.c: alleles that are told by a symbol and an interval ----------------------------------------------------- */

/* What INFO says of where the alleles of a record lie, and how well that is known. Lists hold what is left of them:
 * they are read along with the alleles. */
enum { TOLD_SVLEN, TOLD_HOMLEN, TOLD_CIPOS, TOLD_CIEND, TOLD_CILEN, TOLD_END, TOLD_IMPRECISE, TOLD_KEYS };
typedef struct {
    Parts values[TOLD_KEYS];
    int64_t end; /* what END says; -1: nothing */
    int64_t first_widths[3]; /* of CIPOS, CIEND and CILEN, of the first allele */
    int alleles; /* how many were read; of the last one: */
    int64_t length;   /* what SVLEN says, without its sign; -1: nothing */
    bool edges_known; /* but for what lies alike beside both of them */
} Told;

/* What a symbol means; REFERENCE_BLOCK and UNKNOWN_SYMBOL are no structural alleles. */
enum Reason symbol_kind(const char *alt, size_t length, enum Structural *kind);
const char *symbol_name(enum Structural kind); /* as VEP shows the allele */
/* Fills the worker's effects and the name on the contig, or says why there are none; POS counts from 0. */
enum Reason symbolic_effects(Worker *worker, uint32_t contig, int64_t position, int index, const char *alt,
                             size_t length, enum Structural kind);
/* Reads of INFO what is asked of symbolic alleles, for all of a record's. */
void told_read(Worker *worker);
/* Behind the last base of the record in hand, for the index; `line_end` is where its line ends. */
int64_t record_end(const Worker *worker, int64_t position, const char *line_end);

/* ---- record.c, worker.c: lines -------------------------------------------------------------------------------------- */

typedef struct {
    int32_t max_alternatives;
    int64_t max_line_bytes, max_growth_bytes;
    int32_t distance, columns;
    bool csq, ann, table;
    bool end_first; /* END says how far a symbolic allele reaches, and SVLEN where it does not; else it is SVLEN */
    bool general; /* single bases take the general path too: both are compared by `make oracle` */
    int64_t last_cpu_nanosecond; /* of the whole process; 0: it may use as many as it needs */
} Options;

enum BlockError {
    BLOCK_FINE, BLOCK_NO_MEMORY, BLOCK_NOT_A_RECORD, BLOCK_SECOND_HEADER, BLOCK_NO_CONTIG, BLOCK_BAD_POSITION,
    BLOCK_ZERO_BYTE, BLOCK_LONG_LINE, BLOCK_OWN_TAG, BLOCK_UNREADABLE, BLOCK_LATE
};

typedef struct {
    uint64_t start;        /* of its line in the output */
    int32_t contig;        /* number of its name among those seen in the block */
    int64_t begin, end;    /* what it covers */
} Position;

/* Names of contigs in one file: which contig of the model each is, or why none. An open hash table. */
enum { CONTIG_UNKNOWN = -2, CONTIG_OTHER = -1 };

typedef struct {
    const char *name;
    uint32_t length;
    int32_t contig; /* or CONTIG_OTHER: the model has the name, but for another sequence */
} Name;

typedef struct {
    Name *slots;
    uint32_t size;
    char *text;
} Names;

/* Names of contigs seen in one block, in their order, and how often REF fitted there; of some it says nothing. */
typedef struct {
    uint32_t offset, length; /* in the block's text */
    int32_t contig;
    int64_t records, fitting, contradicting, silent;
} SeenName;

typedef struct {
    SeenName *names;
    uint32_t *slots;
    uint32_t count, capacity, slot_count, last;
} Seen;

int32_t names_find(const Names *names, const char *name, size_t length);
/* The name among those seen, a new one if need be; NULL: no memory. */
SeenName *seen_name(Worker *worker, const char *text, const char *name, size_t length);

/* What Python reads after a block. The layout is that of core.py. */
typedef struct {
    const char *output;
    int64_t output_length;
    const char *problems;
    int64_t problems_length;
    const char *rows;
    int64_t rows_length;
    const void *positions;
    int64_t position_count;
    const SeenName *contigs;
    int64_t contig_count;
    int64_t lines, records;
    int32_t error;
    int64_t error_line, error_offset, error_length;
} Block;

enum { CHROM, POS, ID, REF, ALT, QUAL, FILTER, INFO, FIXED }; /* columns; FIXED: that every record has so many */

struct Worker {
    const Model *model;
    Window *windows;
    Window *last;
    int sequence;
    bool unreadable; /* the sequence could not be read: nothing can be said of any allele */
    Options options;
    char tag[32], ann_tag[32];
    Names names;
    Seen seen;
    Text output, problems, rows, scratch, entries, ann_entries, mrna, alternative, upper;
    Text slip_ref, slip_alt, residues_ref, residues_alt, ref_upper, alt_upper, detail;
    const Transcript *mrna_of;
    Effect *effects;
    uint32_t effect_count, effect_capacity;
    Position *positions;
    size_t position_count, position_capacity;
    Allele allele;
    Text allele_left, allele_right;
    Text hgvsg;
    Tally tally;
    int64_t *gene_counts, *gene_stamps; /* stamps: the number of the allele that was counted last */
    uint32_t *effect_of;                /* by transcript: where its effect stands among the allele's */
    bool no_memory, late;
    Told told;
    Lookups *known;       /* NULL where the bundle has no sources */
    Text known_key;
    uint32_t until_clock; /* records and alleles until the clock is looked at again */
    const char *column[FIXED];
    size_t column_length[FIXED];
};

void *grow(void *memory, size_t size);
/* A whole number, its sign left out; -1 for none, and for one of more than ten digits. */
int64_t number_of(const char *text, size_t length);
/* Where the value of a key starts in INFO; NULL if it is not there. A key alone has an empty value. */
const char *info_value(const Worker *worker, const char *key, size_t key_length, size_t *length);
/* Whether the process has used the time that it may; `weight` is 1 for a record or an allele, more for large ones. */
bool is_late(Worker *worker, uint32_t weight);
enum BlockError take_record(Worker *worker, const char *text, const char *line, size_t length, int64_t number);

#endif
