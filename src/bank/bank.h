/* What stands behind pb_bank: read by the folders after this one, made in this one. */
#ifndef PB_BANK_BANK_H
#define PB_BANK_BANK_H

#include <pthread.h>
#include <stdbool.h>

#include <purebank/bank.h>
#include <purebank/calibrate.h>
#include <purebank/guard.h>
#include <purebank/index.h>
#include <purebank/mend.h>

#include "io/augment.h"
#include "io/roi.h"
#include "io/safetensors.h"

/* What scoring does not need, but a change of the bank does (mend.h): the patches of candidates that are not among the rows, in the
 * order of images and patches, and the candidates' photos. A bank of a coreset has no such patches: it is to be small. */
typedef struct pb_bank_left_out {
    int64_t n;
    const float *rows;      /* n x dim, of the file or of: */
    float *own_rows;        /* NULL where they are mapped */
    int32_t *image, *patch; /* n */
    pb_photo *photos;       /* n_references, or NULL: without what patch scores say of them */
} pb_bank_left_out;

struct pb_bank {
    char *path; /* of the file it was loaded from, else NULL */
    int64_t n_rows, dim;
    int64_t coreset_of;                   /* patches that the rows were chosen from, 0: they are all */
    const float *rows;                    /* of the file or of: */
    float *own_rows;                      /* NULL where they are mapped */
    int32_t *image_of_row, *patch_of_row; /* owned; the latter as pb_bank_patch_of_row() says */
    pb_safetensors *file;                 /* set when the descriptors are mapped */
    pb_origin origin;
    pb_roi *roi;        /* NULL: whole photos */
    pb_augment augment; /* copies that each reference has; all zero: none */
    int64_t k;
    pb_image_score image_score;
    char audit_rule[32]; /* "" when no audit ran */
    double audit_multiplier, audit_limit;
    char purify_method[32];
    double percentile, contamination;         /* what the method was told */
    int64_t seed;                             /* the same */
    pb_threshold threshold, fitted_threshold; /* what parts are judged by; what the references alone gave */
    int64_t n_known;
    pb_known_part *known; /* parts that a person knows: what the threshold rests on where good ones are among them */
    bool has_guard;
    pb_guard guard;
    pb_bank_left_out left_out;
    double coreset_share; /* asked for; 0: a number of rows was, or no coreset */
    uint8_t *excluded;    /* n_references x P of the grid, or NULL: patches that a person took out, of all variants */
    int64_t n_changes;
    pb_bank_change *changes;
    double patch_score_low, patch_score_high;
    int64_t n_references;
    pb_bank_reference *references;
    char program_version[32];
    struct pb_bank_search *search; /* what scoring needs, made once */
};

/* What the first score makes for all that follow, whichever thread it is in. */
typedef struct pb_bank_search {
    pthread_mutex_t lock;
    pb_index *index; /* NULL: not yet */
} pb_bank_search;

/* pb_bank_save() with or without what is prepared for opening it (prepared.h). */
pb_status pb_bank_save_as(const pb_bank *bank, const char *path, bool prepared);

/* What messages call it: the file it was loaded from, or "the bank". */
const char *pb_bank_name(const pb_bank *bank);

/* Patches of the grid. */
static inline int64_t pb_bank_n_places(const pb_bank *bank)
{
    return (int64_t)bank->origin.grid_height * bank->origin.grid_width;
}

/* Is there a patch of this number (pb_bank_patch_of_row()), and does it count? */
static inline bool pb_bank_has_patch(const pb_bank *bank, int64_t number)
{
    const int64_t n = pb_bank_n_places(bank);
    return number >= 0 && number < n * pb_augment_n_variants(&bank->augment) &&
           (!bank->roi || bank->roi->inside[number % n]);
}

/* Is it the file that a known part or reference was? By its content where both are known, else by its path. */
bool pb_bank_is_same_file(const char *path_a, const char *sha256_a, const char *path_b, const char *sha256_b);

/* What a threshold says of a score; NaN does not fail. */
static inline bool pb_score_fails(double score, double threshold)
{
    return score > threshold;
}

/* Most defects pass: nobody should take such a bank or such a test for a success. */
static inline bool pb_catches_few(int64_t n_caught, int64_t n_defects)
{
    return 2 * n_caught < n_defects;
}

/* PB_STATUS_BAD_ARGUMENT unless the rate lies between 0 and 1, both excluded. */
pb_status pb_threshold_check_rate(double false_alarm_rate);
/* How many of n + 1 exchangeable scores may lie above the bound, at most n: floor(rate (n + 1)). Fewer than one: ranks promise
 * no such rate. */
int64_t pb_threshold_allowed_above(double false_alarm_rate, int64_t n);

/* pb_threshold_fit() by the normal prediction interval of log scores, whatever ranks could promise. */
pb_status pb_threshold_log_t(const double *scores, int64_t n, double false_alarm_rate, pb_threshold *out);

/* Of the history; accepts NULL. */
void pb_changes_free(pb_bank_change *changes, int64_t n);

/* Number of the kept reference that a file is (by its digest; where one side has none by its path); -1 where it is none. */
int64_t pb_bank_find_reference(const pb_bank *bank, const char *path, const char *sha256);

/* How many pb_bank_reference_is_good() says it of. */
int64_t pb_bank_n_good(const pb_bank *bank);

/* Scores of the parts verified as good, and behind them those of the references in the bank. @param out free with pb_free() */
pb_status pb_bank_good_scores(const pb_bank *bank, double **out, int64_t *out_n_verified, int64_t *out_n_all);

/* PB_STATUS_MISMATCH unless the features are of whole photos, and these alone, and of the bank's origin. */
pb_status pb_bank_check_part(const pb_bank *bank, const pb_features *features, const char *name);

/* The same for references: with the copies that those of the bank have. */
pb_status pb_bank_check_reference(const pb_bank *bank, const pb_features *features, const char *name);

/* An empty bank. */
pb_status pb_bank_allocate(pb_bank **out);

#endif
