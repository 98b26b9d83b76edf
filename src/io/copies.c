/* Images that are the same to the byte. */
#include <purebank/features.h>

#include <string.h>

#include "base/memory.h"

/* Equal ones are compared byte by byte, so that it need not be a good one. */
static uint64_t quick_hash(const uint8_t *bytes, size_t size)
{
    uint64_t hash = size;
    for (size_t at = 0; at < size; at += sizeof(uint32_t)) {
        uint32_t word;
        memcpy(&word, bytes + at, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash;
}

pb_status pb_features_find_copies(const pb_features *features, int64_t *out)
{
    const int64_t n = pb_features_n_images(features);
    const size_t bytes = (size_t)(pb_features_n_patches(features) * pb_features_dim(features)) * sizeof(float);
    uint64_t *hash;
    PB_TRY(PB_NEW(hash, n));
    for (int64_t i = 0; i < n; i++) {
        hash[i] = quick_hash((const uint8_t *)pb_features_image_at(features, i), bytes);
        out[i] = -1;
        for (int64_t j = 0; j < i && out[i] < 0; j++)
            if (hash[j] == hash[i] &&
                memcmp(pb_features_image_at(features, i), pb_features_image_at(features, j), bytes) == 0)
                out[i] = j;
    }
    pb_free(hash);
    return PB_STATUS_OK;
}
