/* A bank as others see it. */
#include "bank/bank.h"

#include <math.h>

#include "base/memory.h"

pb_status pb_bank_allocate(pb_bank **out)
{
    pb_bank *bank;
    PB_TRY(PB_NEW(bank, 1));
    bank->search = pb_calloc(1, sizeof *bank->search);
    if (!bank->search) {
        pb_free(bank);
        return PB_STATUS_NO_MEMORY;
    }
    pthread_mutex_init(&bank->search->lock, NULL);
    *out = bank;
    return PB_STATUS_OK;
}

void pb_bank_free(pb_bank *bank)
{
    if (!bank)
        return;
    for (int64_t i = 0; bank->references && i < bank->n_references; i++)
        pb_free(bank->references[i].path);
    pb_free(bank->references);
    for (int64_t i = 0; bank->known && i < bank->n_known; i++)
        pb_free(bank->known[i].path);
    pb_free(bank->known);
    pb_changes_free(bank->changes, bank->n_changes);
    pb_free(bank->excluded);
    pb_free(bank->left_out.own_rows);
    pb_free(bank->left_out.image);
    pb_free(bank->left_out.patch);
    pb_free(bank->left_out.photos);
    pb_free(bank->path);
    pb_roi_free(bank->roi);
    pb_index_free(bank->search->index);
    pthread_mutex_destroy(&bank->search->lock);
    pb_free(bank->search);
    pb_free(bank->own_rows);
    pb_free(bank->image_of_row);
    pb_free(bank->patch_of_row);
    pb_safetensors_close(bank->file);
    pb_free(bank);
}

const char *pb_bank_name(const pb_bank *bank)
{
    return bank->path ? bank->path : "the bank";
}

const float *pb_bank_rows(const pb_bank *bank)
{
    return bank->rows;
}

int64_t pb_bank_n_rows(const pb_bank *bank)
{
    return bank->n_rows;
}

int64_t pb_bank_dim(const pb_bank *bank)
{
    return bank->dim;
}

const int32_t *pb_bank_image_of_row(const pb_bank *bank)
{
    return bank->image_of_row;
}

const int32_t *pb_bank_patch_of_row(const pb_bank *bank)
{
    return bank->patch_of_row;
}

int64_t pb_bank_coreset_of(const pb_bank *bank)
{
    return bank->coreset_of;
}

const pb_origin *pb_bank_origin(const pb_bank *bank)
{
    return &bank->origin;
}

const pb_roi *pb_bank_roi(const pb_bank *bank)
{
    return bank->roi;
}

const pb_augment *pb_bank_augment(const pb_bank *bank)
{
    return pb_augment_is_any(&bank->augment) ? &bank->augment : NULL;
}

int64_t pb_bank_k(const pb_bank *bank)
{
    return bank->k;
}

pb_image_score pb_bank_image_score(const pb_bank *bank)
{
    return bank->image_score;
}

const pb_threshold *pb_bank_threshold(const pb_bank *bank)
{
    return &bank->threshold;
}

const char *pb_bank_audit_rule(const pb_bank *bank)
{
    return bank->audit_rule;
}

double pb_bank_audit_multiplier(const pb_bank *bank)
{
    return bank->audit_multiplier;
}

double pb_bank_audit_limit(const pb_bank *bank)
{
    return bank->audit_limit;
}

const char *pb_bank_purify_method(const pb_bank *bank)
{
    return bank->purify_method;
}

int64_t pb_bank_n_references(const pb_bank *bank)
{
    return bank->n_references;
}

const char *pb_bank_program_version(const pb_bank *bank)
{
    return bank->program_version;
}

void pb_bank_patch_scale(const pb_bank *bank, double *low, double *high)
{
    *low = bank->patch_score_low;
    *high = bank->threshold.value > *low && isfinite(bank->threshold.value) ? bank->threshold.value
                                                                            : bank->patch_score_high;
}

int64_t pb_bank_n_kept(const pb_bank *bank)
{
    int64_t n = 0;
    for (int64_t i = 0; i < bank->n_references; i++)
        n += bank->references[i].decision == PB_DECISION_KEEP;
    return n;
}

bool pb_bank_awaits_review(const pb_bank_reference *reference)
{
    return reference->flagged && !reference->decided_by_person;
}

bool pb_bank_reference_is_good(const pb_bank_reference *reference)
{
    return !isnan(reference->loo_score);
}

int64_t pb_bank_n_good(const pb_bank *bank)
{
    int64_t n = 0;
    for (int64_t i = 0; i < bank->n_references; i++)
        n += pb_bank_reference_is_good(&bank->references[i]);
    return n;
}

int64_t pb_bank_find_reference(const pb_bank *bank, const char *path, const char *sha256)
{
    for (int64_t i = 0; i < bank->n_references; i++) {
        const pb_bank_reference *reference = &bank->references[i];
        if (pb_bank_is_same_file(path, sha256, reference->path, reference->sha256) &&
            reference->decision == PB_DECISION_KEEP)
            return i;
    }
    return -1;
}

const pb_bank_reference *pb_bank_reference_at(const pb_bank *bank, int64_t i)
{
    return &bank->references[i];
}

const pb_guard *pb_bank_guard(const pb_bank *bank)
{
    return bank->has_guard ? &bank->guard : NULL;
}
