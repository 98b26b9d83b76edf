#include "io/image_depth.h"

#include <inttypes.h>
#include <string.h>

int32_t pb_depth_of(uint32_t highest)
{
    static const int32_t depths[] = {8, 10, 12};
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++)
        if (highest >> depths[i] == 0)
            return depths[i];
    return 16;
}

pb_status pb_depth_choose(const pb_image_file *file, uint32_t highest, int32_t *out)
{
    const int32_t asked = file->sample_bits;
    *out = asked ? asked : pb_depth_of(highest);
    if (asked && highest >> asked != 0)
        return pb_fail(PB_STATUS_UNSUPPORTED,
                       "%s: values up to %" PRIu32 ", but photos of %" PRId32 " bits are expected, which end at %u",
                       file->name, highest, asked, (1u << asked) - 1);
    return PB_STATUS_OK;
}

uint8_t pb_depth_to_8_bits(uint32_t value, int32_t bits)
{
    const uint32_t high = value >> (bits - 8);
    return (uint8_t)(high < 255 ? high : 255); /* alpha may be deeper than the colours */
}

uint32_t pb_depth_highest(const uint16_t *samples, int64_t n, int n_samples, int n_colors)
{
    uint32_t highest = 0;
    for (int64_t i = 0; i < n; i++)
        for (int c = 0; c < n_colors; c++)
            highest = samples[i * n_samples + c] > highest ? samples[i * n_samples + c] : highest;
    return highest;
}

pb_status pb_depth_to_rgb(const pb_image_file *file, const uint16_t *samples, int64_t n, int n_samples, int n_colors,
                          uint8_t *rgb)
{
    int32_t bits = 16;
    if (!file->is_mask)
        PB_TRY(pb_depth_choose(file, pb_depth_highest(samples, n, n_samples, n_colors), &bits));
    for (int64_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) {
            const uint16_t value = samples[i * n_samples + (n_colors == 3 ? c : 0)];
            rgb[3 * i + c] = file->is_mask ? (uint8_t)(value > 0 ? 255 : 0) : pb_depth_to_8_bits(value, bits);
        }
    return PB_STATUS_OK;
}
