#include "bank/search.h"

#include "bank/prepared.h"

pb_status pb_bank_index(const pb_bank *bank, const pb_index **out)
{
    pb_bank_search *search = bank->search;
    pb_status status = PB_STATUS_OK;
    pthread_mutex_lock(&search->lock);
    if (!search->index)
        status = pb_bank_prepared_index(bank, &search->index);
    if (status == PB_STATUS_OK && !search->index)
        status = pb_index_new(bank->rows, bank->n_rows, bank->dim, PB_METRIC_EUCLIDEAN, &search->index);
    *out = search->index;
    pthread_mutex_unlock(&search->lock);
    return status;
}
