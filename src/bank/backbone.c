/* The backbone that a bank was built with. */
#include <stdio.h>
#include <string.h>

#include "bank/bank.h"
#include "base/options.h"

pb_status pb_bank_match(const pb_bank *bank, const pb_origin *origin, const char *name, bool any_precision)
{
    pb_origin alike = *origin;
    memcpy(alike.precision, bank->origin.precision, sizeof alike.precision);
    PB_TRY(pb_origin_match(&bank->origin, "the bank", &alike, name));
    if (bank->origin.backbone[0] && origin->backbone[0] && strcmp(bank->origin.precision, origin->precision) != 0 &&
        !any_precision)
        return pb_suggest(pb_fail(PB_STATUS_MISMATCH,
                                  "%s is of precision %s, the bank of %s: scores would differ a little", name,
                                  origin->precision, bank->origin.precision),
                          PB_HINT_ANY_PRECISION, NULL);
    return PB_STATUS_OK;
}

/* What was asked of the backbone is the bank's wish, not the caller's: say so in front of the message. */
static pb_status fail_unlike_the_bank(const pb_bank *bank)
{
    const pb_origin *origin = &bank->origin;
    return pb_fail(PB_STATUS_MISMATCH, "%s was built with %s%s%s at %dx%d: %s", pb_bank_name(bank), origin->backbone,
                   origin->layer[0] ? " layer " : "", origin->layer, (int)origin->input_width,
                   (int)origin->input_height, pb_error_message());
}

/* Is it one of a name that is enough to open it? */
static bool needs_no_files(const char *backbone)
{
    const pb_backbone_entry *entry;
    for (int64_t i = 0; (entry = pb_backbone_entry_at(i)); i++)
        if (strcmp(entry->name, backbone) == 0)
            return !entry->repositories[0];
    return false;
}

/* As the bank was built: a checkpoint is named, the rest stands in the bank. */
static pb_status open_like_the_bank(const pb_bank *bank, const pb_bank_backbone_options *options, pb_backbone **out)
{
    const pb_origin *origin = &bank->origin;
    const bool is_square = origin->input_width == origin->input_height;
    pb_backbone_options like = {.size = sizeof like,
                                .input_size = origin->tile ? origin->tile
                                              : is_square  ? origin->input_width
                                                           : 0,
                                .layer = origin->layer,
                                .precision = options->precision ? options->precision : origin->precision};
    if (origin->tile || !is_square) {
        like.width = origin->input_width;
        like.height = origin->input_height;
    }
    if (origin->tile)
        like.tile_overlap = origin->overlap ? origin->overlap : -1;
    if (!options->name && !needs_no_files(origin->backbone))
        return pb_suggest(
            pb_fail(PB_STATUS_BAD_ARGUMENT,
                    "%s was built with a %s checkpoint (SHA-256 %.16s...): give its folder, or its name in "
                    "$PB_BACKBONES or the Hugging Face cache",
                    pb_bank_name(bank), origin->backbone, origin->weights_hash),
            PB_HINT_BACKBONE, NULL);
    const pb_status status = pb_backbone_open(options->name ? options->name : origin->backbone, &like, out);
    return status == PB_STATUS_BAD_ARGUMENT ? fail_unlike_the_bank(bank) : status;
}

pb_status pb_bank_open_backbone(const pb_bank *bank, const pb_bank_backbone_options *options, pb_backbone **out)
{
    static const pb_bank_backbone_options defaults = PB_BANK_BACKBONE_OPTIONS_INIT;
    pb_bank_backbone_options known;
    pb_backbone *backbone = NULL;
    char name[512];
    PB_TRY(PB_OPTIONS_READ(pb_bank_backbone_options, options, &defaults, &known));
    if (!bank->origin.backbone[0])
        return pb_fail(PB_STATUS_MISMATCH,
                       "%s was built from features of unknown origin, so images cannot be turned into the same "
                       "features: give features (.npy)",
                       pb_bank_name(bank));
    PB_TRY(open_like_the_bank(bank, &known, &backbone));
    if (known.name)
        snprintf(name, sizeof name, "backbone %s", known.name);
    else
        snprintf(name, sizeof name, "the backbone of this library");
    pb_status status = pb_bank_match(bank, pb_backbone_origin(backbone), name, known.any_precision);
    if (status == PB_STATUS_OK)
        status = pb_backbone_set_sample_bits(backbone, bank->origin.sample_bits);
    if (status == PB_STATUS_OK)
        *out = backbone;
    else
        pb_backbone_close(backbone);
    return status;
}
