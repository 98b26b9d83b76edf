/* Which copies of a photo there are, in words and numbers; where their patches belong. */
#include "io/augment.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/words.h"

static const char BRIGHTNESS[] = "brightness:";

/* All eight ways in which a square can lie: turned ones, then mirrored ones. */
static const struct {
    pb_lie lie;
    const char *words;
} lies[] = {
    {{false, false, false}, ""},
    {{true, true, false}, "turned by 90 degrees"},
    {{false, true, true}, "turned by 180 degrees"},
    {{true, false, true}, "turned by 270 degrees"},
    {{false, true, false}, "mirrored left to right"},
    {{false, false, true}, "mirrored top to bottom"},
    {{true, false, false}, "mirrored along its diagonal"},
    {{true, true, true}, "mirrored along its other diagonal"},
};

static const int AS_IT_IS[] = {0}, TURNED[] = {0, 1, 2, 3}, MIRRORED[] = {0, 4, 5}, BOTH[] = {0, 1, 2, 3, 4, 5, 6, 7};

/* Indices of lies[], and how many. */
static const int *lies_of(const pb_augment *augment, int64_t *out_n)
{
    *out_n = augment->rot90 ? (augment->flips ? 8 : 4) : augment->flips ? 3 : 1;
    return augment->rot90 ? (augment->flips ? BOTH : TURNED) : augment->flips ? MIRRORED : AS_IT_IS;
}

/* 1, and what else there is. @param out room for 3 @return how many */
static int64_t factors_of(const pb_augment *augment, double *out)
{
    int64_t n = 0;
    out[n++] = 1;
    if (augment->darkest > 0 && augment->darkest != 1)
        out[n++] = augment->darkest;
    if (augment->brightest > 0 && augment->brightest != 1 && augment->brightest != augment->darkest)
        out[n++] = augment->brightest;
    return n;
}

int64_t pb_augment_n_variants(const pb_augment *augment)
{
    double factors[3];
    int64_t n;
    lies_of(augment, &n);
    return n * factors_of(augment, factors);
}

/* ---- text --------------------------------------------------------------------------------------------------------- */

/* What the text has room for, so that it says the very value, in any locale. */
static bool is_in_thousandths(double value)
{
    return (double)llround(value * 1000) / 1000 == value;
}

static pb_status check_brightness(const pb_augment *augment)
{
    const double low = augment->darkest, high = augment->brightest;
    if (low == 0 && high == 0)
        return PB_STATUS_OK;
    PB_CHECK_ARG(low >= PB_AUGMENT_DARKEST && low <= high && high <= PB_AUGMENT_BRIGHTEST,
                 "a brightness of %g to %g: copies are %g to %g times as bright as the photo, the darker ones first",
                 low, high, PB_AUGMENT_DARKEST, PB_AUGMENT_BRIGHTEST);
    PB_CHECK_ARG(low != 1 || high != 1, "a brightness of 1 to 1 changes nothing");
    PB_CHECK_ARG(is_in_thousandths(low) && is_in_thousandths(high),
                 "a brightness of %.17g to %.17g has more than three places after the point", low, high);
    return PB_STATUS_OK;
}

/* Up to three digits on either side of a point, which is one in every locale: no sign, which would stand between the numbers. */
static bool read_factor(pb_item item, double *out)
{
    int64_t thousandths = 0;
    int before = 0, after = -1;
    for (size_t i = 0; i < item.length; i++) {
        const char digit = item.text[i];
        if (digit == '.' && after < 0)
            after = 0;
        else if (digit < '0' || digit > '9' || before > 3 || after >= 3)
            return false;
        else {
            thousandths = 10 * thousandths + digit - '0';
            before += after < 0;
            after += after >= 0;
        }
    }
    if (before == 0) /* ".8" would be written as another text */
        return false;
    for (int place = after < 0 ? 0 : after; place < 3; place++)
        thousandths *= 10;
    *out = (double)thousandths / 1000;
    return true;
}

static bool read_brightness(pb_item item, pb_augment *out)
{
    const size_t skip = sizeof BRIGHTNESS - 1;
    if (item.length <= skip || memcmp(item.text, BRIGHTNESS, skip) != 0)
        return false;
    const char *text = item.text + skip, *end = item.text + item.length;
    const char *dash = memchr(text, '-', (size_t)(end - text));
    return dash && read_factor((pb_item){text, (size_t)(dash - text)}, &out->darkest) &&
           read_factor((pb_item){dash + 1, (size_t)(end - dash - 1)}, &out->brightest);
}

/* One word of the list; false for what is none, or is there already. */
static bool read_word(pb_item item, bool *has_brightness, pb_augment *out)
{
    bool *flag = pb_item_is(item, "rot90") ? &out->rot90 : pb_item_is(item, "flips") ? &out->flips : has_brightness;
    if (*flag || (flag == has_brightness && !read_brightness(item, out)))
        return false;
    return *flag = true;
}

pb_status pb_augment_parse(const char *text, pb_augment *out)
{
    pb_augment read = {0};
    pb_item item;
    bool has_brightness = false;
    for (const char *list = text; list && pb_item_split(&list, ',', &item);)
        PB_CHECK_ARG(
            read_word(item, &has_brightness, &read),
            "\"%s\" is no list of copies: \"%.*s\" %s; there are rot90, flips and brightness:LOW-HIGH, such as "
            "rot90,brightness:0.8-1.2",
            text, (int)item.length, item.text, item.length == 0 ? "is none" : "is unknown, or there twice");
    if (has_brightness) {
        const bool is_zero = read.darkest == 0 && read.brightest == 0; /* stands for none elsewhere */
        if (is_zero || check_brightness(&read) != PB_STATUS_OK)
            return pb_fail(PB_STATUS_BAD_ARGUMENT, "\"%s\" is no list of copies: %s", text,
                           is_zero ? "of a brightness of 0 nothing is left" : pb_error_message());
    }
    *out = read;
    return PB_STATUS_OK;
}

/* Without zeroes at the end. */
static void write_factor(double value, char *out, size_t size)
{
    const long long thousandths = llround(value * 1000);
    snprintf(out, size, "%lld.%03lld", thousandths / 1000, thousandths % 1000);
    for (size_t end = strlen(out); end > 0 && strchr("0.", out[end - 1]); end--) {
        const bool is_point = out[end - 1] == '.';
        out[end - 1] = '\0';
        if (is_point)
            return;
    }
}

void pb_augment_text(const pb_augment *augment, char *out, size_t size)
{
    char low[32], high[32], brightness[PB_AUGMENT_TEXT];
    if (size > 0)
        out[0] = '\0';
    if (augment->rot90)
        pb_words_add(out, size, ",", "rot90");
    if (augment->flips)
        pb_words_add(out, size, ",", "flips");
    if (augment->brightest == 0)
        return;
    write_factor(augment->darkest, low, sizeof low);
    write_factor(augment->brightest, high, sizeof high);
    snprintf(brightness, sizeof brightness, "%s%s-%s", BRIGHTNESS, low, high);
    pb_words_add(out, size, ",", brightness);
}

/* ---- variants ----------------------------------------------------------------------------------------------------- */

pb_status pb_augment_variant(const pb_augment *augment, int64_t variant, pb_lie *lie, double *factor)
{
    double factors[3];
    int64_t n;
    const int *numbers = lies_of(augment, &n);
    PB_TRY(check_brightness(augment));
    PB_CHECK_ARG(variant >= 0 && variant < pb_augment_n_variants(augment),
                 "there is no variant %" PRId64 " among %" PRId64, variant, pb_augment_n_variants(augment));
    factors_of(augment, factors);
    *lie = lies[numbers[variant % n]].lie;
    *factor = factors[variant / n];
    return PB_STATUS_OK;
}

void pb_augment_words(const pb_augment *augment, int64_t variant, char *out, size_t size)
{
    double factors[3];
    int64_t n;
    char factor[32], brightness[PB_AUGMENT_TEXT];
    const int *numbers = lies_of(augment, &n);
    factors_of(augment, factors);
    if (size > 0)
        out[0] = '\0';
    if (variant == 0)
        pb_words_add(out, size, "", "as it is");
    if (lies[numbers[variant % n]].words[0])
        pb_words_add(out, size, ", ", lies[numbers[variant % n]].words);
    if (variant < n)
        return;
    write_factor(factors[variant / n], factor, sizeof factor);
    snprintf(brightness, sizeof brightness, "%s times as bright", factor);
    pb_words_add(out, size, ", ", brightness);
}

int64_t pb_lie_source(const pb_lie *lie, int64_t height, int64_t width, int64_t y, int64_t x)
{
    const int64_t row = lie->down ? height - 1 - y : y, column = lie->across ? width - 1 - x : x;
    return lie->transposed ? column * height + row : row * width + column;
}

pb_status pb_augment_places(const pb_augment *augment, int64_t variant, int32_t height, int32_t width, int32_t *out)
{
    pb_lie lie;
    double factor;
    PB_TRY(pb_augment_variant(augment, variant, &lie, &factor));
    if (lie.transposed && height != width)
        return pb_fail(PB_STATUS_MISMATCH,
                       "a grid of %" PRId32 " x %" PRId32 " patches cannot be turned by 90 degrees: it is no square",
                       width, height);
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            out[y * width + x] = (int32_t)pb_lie_source(&lie, height, width, y, x);
    return PB_STATUS_OK;
}

static bool is_square(int32_t height, int32_t width)
{
    return height == width;
}

pb_status pb_augment_check(const pb_augment *augment, const pb_origin *origin)
{
    const int64_t n_cells = (int64_t)origin->grid_height * origin->grid_width;
    PB_TRY(check_brightness(augment));
    if (augment->rot90 &&
        !(is_square(origin->grid_height, origin->grid_width) && is_square(origin->input_height, origin->input_width) &&
          is_square(origin->photo_height, origin->photo_width)))
        return pb_fail(PB_STATUS_MISMATCH,
                       "photos that are turned by 90 degrees must be looked at in a square: these are of %" PRId32
                       " x %" PRId32 " pixels (%" PRId32 " x %" PRId32 " patches)",
                       origin->photo_width ? origin->photo_width : origin->input_width,
                       origin->photo_height ? origin->photo_height : origin->input_height, origin->grid_width,
                       origin->grid_height);
    if (n_cells > INT32_MAX / pb_augment_n_variants(augment))
        return pb_fail(PB_STATUS_LIMIT,
                       "%" PRId64 " patches of a photo and of each of its %" PRId64 " copies are too many", n_cells,
                       pb_augment_n_variants(augment) - 1);
    return PB_STATUS_OK;
}

bool pb_augment_same(const pb_augment *a, const pb_augment *b)
{
    return a->rot90 == b->rot90 && a->flips == b->flips && a->darkest == b->darkest && a->brightest == b->brightest;
}
