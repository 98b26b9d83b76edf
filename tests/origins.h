/* An origin to compare with, and what messages say. */
#ifndef PB_TESTS_ORIGINS_H
#define PB_TESTS_ORIGINS_H

#include "support.h"

static inline void message_names(const char *text)
{
    if (!strstr(pb_error_message(), text))
        fail_msg("'%s' is not in the message: %s", text, pb_error_message());
}

static inline pb_origin dinov3(void)
{
    return (pb_origin){.backbone = "dinov3_vit",
                       .weights_hash = "abc",
                       .layer = "19",
                       .precision = "f32",
                       .preprocessing = "resize 448x448 bilinear; \"ImageNet\" mean",
                       .input_height = 448,
                       .input_width = 448,
                       .grid_height = 2,
                       .grid_width = 3,
                       .dim = 5};
}

#endif
