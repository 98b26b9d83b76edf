/* Winograd's convolutions: what float64 sums of the same numbers give, the same bits from every instruction set and layout, and memory that
 * runs out. */
#include "drawn.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>

#include "backbone/cnn/cnn_winograd.h"
#include "base/cpu.h"
#include "base/memory.h"

enum { GROUP = 32 };

/* ---- Memory that runs out (the linker puts this between the library and posix_memalign) ---- */

static atomic_long allocations, failing; /* 0: none fails */

int __real_posix_memalign(void **out, size_t alignment, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size)
{
    return ++allocations == failing ? ENOMEM : __real_posix_memalign(out, alignment, size);
}

/* ---- A convolution ---- */

typedef struct problem {
    pb_cnn_winograd_shape shape;
    float *in, *kernel, *shift, *before; /* maps pixel by pixel */
} problem;

static float *draw(int64_t n, uint64_t seed)
{
    test_rng rng = {seed};
    float *values = malloc((size_t)n * sizeof *values);
    assert_non_null(values);
    for (int64_t i = 0; i < n; i++)
        values[i] = (float)test_rng_normal(&rng);
    return values;
}

static problem problem_new(pb_cnn_winograd_shape shape)
{
    const int64_t pixels = shape.side * shape.side;
    return (problem){shape, draw(pixels * shape.in_channels, 1), draw(shape.out_channels * shape.in_channels * 9, 2),
                     draw(shape.out_channels, 3), draw(pixels * shape.out_channels, 4)};
}

static void problem_free(problem p)
{
    free(p.in);
    free(p.kernel);
    free(p.shift);
    free(p.before);
}

/* Pixel by pixel to groups of channels, or back. In a block of its own size, so that a sanitizer sees what reaches beyond. */
static float *turn(const float *map, int64_t side, int64_t channels, int64_t lanes, bool back)
{
    float *out = malloc((size_t)(side * side * channels) * sizeof *out);
    assert_non_null(out);
    for (int64_t i = 0; i < side * side; i++)
        for (int64_t c = 0; c < channels; c++) {
            const int64_t grouped = (c / lanes * side * side + i) * lanes + c % lanes, plain = i * channels + c;
            out[back ? plain : grouped] = map[back ? grouped : plain];
        }
    return out;
}

/* What comes out, pixel by pixel. Free with free(). */
static float *compute(const problem *p, int outputs, bool grouped)
{
    pb_cnn_winograd *winograd;
    float *scratch;
    const pb_cnn_winograd_shape *s = &p->shape;
    const int64_t lanes = grouped ? pb_cnn_winograd_lanes() : s->in_channels,
                  out_lanes = grouped ? lanes : s->out_channels;
    float *in = turn(p->in, s->side, s->in_channels, lanes, false),
          *out = turn(p->before, s->side, s->out_channels, out_lanes, false);
    assert_ok(pb_cnn_winograd_new(s, outputs, p->kernel, &winograd));
    assert_ok(PB_NEW_UNINITIALISED(scratch, pb_cnn_winograd_scratch_bytes(winograd) / sizeof *scratch));
    pb_cnn_winograd_run(winograd, in, grouped, p->shift, out, scratch);
    float *plain = turn(out, s->side, s->out_channels, out_lanes, true);
    pb_free(scratch);
    pb_cnn_winograd_free(winograd);
    free(in);
    free(out);
    return plain;
}

/* @param size of all terms without their signs, which rounding is relative to */
static double sum_directly(const problem *p, int64_t y, int64_t x, int64_t out, double *size)
{
    const int64_t side = p->shape.side, n = p->shape.in_channels;
    double sum =
        (double)p->shift[out] + (p->shape.adds ? (double)p->before[(y * side + x) * p->shape.out_channels + out] : 0);
    *size = fabs(sum);
    for (int64_t v = 0; v < 3; v++)
        for (int64_t u = 0; u < 3; u++) {
            const int64_t row = y + v - 1, column = x + u - 1;
            if (row < 0 || row >= side || column < 0 || column >= side)
                continue;
            for (int64_t c = 0; c < n; c++) {
                const double term =
                    (double)p->in[(row * side + column) * n + c] * (double)p->kernel[(out * n + c) * 9 + v * 3 + u];
                sum += term;
                *size += fabs(term);
            }
        }
    return p->shape.relu && sum < 0 ? 0 : sum;
}

static void check(const problem *p, int outputs, const float *got)
{
    const int64_t side = p->shape.side, n = p->shape.out_channels;
    for (int64_t y = 0; y < side; y++)
        for (int64_t x = 0; x < side; x++)
            for (int64_t c = 0; c < n; c++) {
                double size;
                const double wanted = sum_directly(p, y, x, c, &size), value = (double)got[(y * side + x) * n + c];
                /* transforms of the border's tiles round what lies beyond it, too */
                if (!(fabs(value - wanted) <= 2e-6 * (size + 9 * (double)p->shape.in_channels / 4)))
                    fail_msg("side %d, %d channels to %d, tiles of %d, %s: %.9g in place of %.9g at %d, %d, channel %d",
                             (int)side, (int)p->shape.in_channels, (int)n, outputs,
                             pb_cpu_level_name(pb_cpu_get_level()), value, wanted, (int)y, (int)x, (int)c);
            }
}

static bool has_kernels(pb_cpu_level level)
{
    return pb_cpu_limit_level(level) == level && pb_cnn_winograd_lanes() > 0;
}

/* Sides with tiles that are cut off and of more than one strip, sums and negative values, in both layouts, by every instruction set, which
 * all give the same bits. */
static void results_are_those_of_a_direct_convolution(void **state)
{
    (void)state;
    static const int64_t sides[] = {1, 2, 3, 5, 7, 14, 15, 25};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        for (int way = 0; way < 4; way++) {
            const problem p = problem_new((pb_cnn_winograd_shape){.side = sides[i],
                                                                  .in_channels = way % 2 ? GROUP : 2 * GROUP,
                                                                  .out_channels = way % 2 ? 3 * GROUP : GROUP,
                                                                  .adds = way / 2 == 1,
                                                                  .relu = way == 1 || way == 2});
            for (int outputs = 2; outputs <= 4; outputs += 2) {
                float *first = NULL;
                for (int level = PB_CPU_V4; level >= PB_CPU_V3; level--)
                    for (int grouped = 0; grouped < 2 && has_kernels((pb_cpu_level)level); grouped++) {
                        float *got = compute(&p, outputs, grouped);
                        check(&p, outputs, got);
                        if (first)
                            assert_memory_equal(first, got,
                                                (size_t)(sides[i] * sides[i] * p.shape.out_channels) * sizeof *got);
                        if (first)
                            free(got);
                        else
                            first = got;
                    }
                free(first);
            }
            problem_free(p);
        }
    (void)pb_cpu_limit_level(PB_CPU_V4);
}

/* A network whose values overflow is refused by what comes out of it. */
static void what_is_not_a_number_stays_so(void **state)
{
    (void)state;
    for (int level = PB_CPU_V3; level <= PB_CPU_V4; level++)
        for (int outputs = 2; outputs <= 4 && has_kernels((pb_cpu_level)level); outputs += 2) {
            const problem p = problem_new(
                (pb_cnn_winograd_shape){.side = 6, .in_channels = GROUP, .out_channels = GROUP, .relu = true});
            p.in[(3 * 6 + 3) * GROUP + 5] = NAN;
            float *got = compute(&p, outputs, false);
            for (int64_t c = 0; c < GROUP; c++)
                assert_true(isnan(got[(3 * 6 + 3) * GROUP + c]));
            free(got);
            problem_free(p);
        }
    (void)pb_cpu_limit_level(PB_CPU_V4);
}

static int outputs_of(int64_t side, int64_t in, int64_t out)
{
    const pb_cnn_winograd_shape shape = {.side = side, .in_channels = in, .out_channels = out};
    return pb_cnn_winograd_outputs(&shape);
}

/* By the shape alone; a CPU without kernels and channels that make no whole panel leave the direct way. */
static void the_way_follows_from_the_shape(void **state)
{
    (void)state;
    for (int level = PB_CPU_V3; level <= PB_CPU_V4; level++) {
        if (!has_kernels((pb_cpu_level)level))
            continue;
        static const int64_t large[] = {16, 28, 55, 56, 112}, middle[] = {6, 7, 8, 14}, small[] = {1, 3, 4, 5};
        for (int i = 0; i < 5; i++)
            assert_int_equal(outputs_of(large[i], 64, 64), 4);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(outputs_of(middle[i], 512, 512), 2);
            assert_int_equal(outputs_of(small[i], 64, 64), 0);
        }
        assert_int_equal(outputs_of(56, 48, 64), 0);
        assert_int_equal(outputs_of(56, 64, 3), 0);
    }
    (void)pb_cpu_limit_level(PB_CPU_BASELINE);
    assert_int_equal(outputs_of(56, 64, 64), 0);
    (void)pb_cpu_limit_level(PB_CPU_V4);
}

/* ---- In a network ---- */

/* Whatever allocation fails while its weights are made ready: an error, no leak, and the next try gives the same bits. */
static void a_network_can_be_made_again_after_memory_ran_out(void **state)
{
    (void)state;
    char root[256], folder[512];
    test_make_temp_dir(root, sizeof root);
    json_t *golden = drawn_open("cnn", root);
    snprintf(folder, sizeof folder, "%s/resnet18", root);
    const pb_backbone_options options = {.size = sizeof(pb_backbone_options), .input_size = 64};
    pb_image image = vit_image("photo.jpg");
    pb_backbone *backbone;
    assert_ok(pb_backbone_open(folder, &options, &backbone));
    const size_t n = (size_t)vit_per_image(backbone);
    float *wanted = malloc(n * sizeof *wanted), *got = malloc(n * sizeof *got);
    allocations = 0;
    assert_ok(pb_backbone_extract(backbone, &image, 1, wanted));
    const long all = allocations;
    pb_backbone_close(backbone);
    assert_in_range(all, 50, 5000);
    for (long i = 1; i <= all; i += 1 + (i > 20) * 2) {
        assert_ok(pb_backbone_open(folder, &options, &backbone));
        allocations = 0;
        failing = i;
        assert_status(pb_backbone_extract(backbone, &image, 1, got), PB_STATUS_NO_MEMORY);
        failing = 0;
        assert_ok(pb_backbone_extract(backbone, &image, 1, got));
        assert_memory_equal(got, wanted, n * sizeof *got);
        pb_backbone_close(backbone);
    }
    free(wanted);
    free(got);
    pb_image_free(&image);
    json_decref(golden);
    assert_int_equal(test_remove_dir(root), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_those_of_a_direct_convolution),
        cmocka_unit_test(what_is_not_a_number_stays_so),
        cmocka_unit_test(the_way_follows_from_the_shape),
        cmocka_unit_test(a_network_can_be_made_again_after_memory_ran_out),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
