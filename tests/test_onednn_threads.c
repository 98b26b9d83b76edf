/* What pb_parallel_for() promises about oneDNN: inside a work item it takes one thread, and gives the same bits. */
#include "support.h"

#include <dnnl.h>
#include <omp.h>

#include "base/threads.h"

enum { ITEMS = 8, SIDE = 160 };

typedef struct products {
    float a[ITEMS][SIDE * SIDE], b[SIDE * SIDE], c[ITEMS][SIDE * SIDE];
    int threads_offered[ITEMS];
} products;

static pb_status multiply(void *context, int64_t i, int worker)
{
    products *p = context;
    (void)worker;
    p->threads_offered[i] = omp_get_max_threads();
    const dnnl_status_t status =
        dnnl_sgemm('N', 'N', SIDE, SIDE, SIDE, 1.0F, p->a[i], SIDE, p->b, SIDE, 0.0F, p->c[i], SIDE);
    return status == dnnl_success ? PB_STATUS_OK : PB_STATUS_INTERNAL;
}

static products *random_products(void)
{
    products *p = calloc(1, sizeof *p);
    assert_non_null(p);
    test_rng rng = {1};
    for (int i = 0; i < ITEMS * SIDE * SIDE; i++)
        p->a[i / (SIDE * SIDE)][i % (SIDE * SIDE)] = (float)test_rng_normal(&rng);
    for (int i = 0; i < SIDE * SIDE; i++)
        p->b[i] = (float)test_rng_normal(&rng);
    return p;
}

/* Threads of this process; -1 where there is no /proc. */
static int threads_alive(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    if (!file)
        return -1;
    char line[256];
    int threads = -1;
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "Threads:", 8) == 0)
            threads = (int)strtol(line + 8, NULL, 10);
    fclose(file);
    return threads;
}

/* One item is the hard case: its parallel region has one thread, so OpenMP does not call it parallel. Runs first,
 * before anything else could have started threads. */
static void a_single_item_starts_no_threads(void **state)
{
    (void)state;
    products *p = random_products();
    assert_ok(pb_threads_set(4));
    const int before = threads_alive();
    assert_ok(pb_parallel_for(1, multiply, p, NULL));
    assert_int_equal(p->threads_offered[0], 1);
    assert_int_equal(threads_alive(), before);
    assert_ok(pb_threads_set(0));
    free(p);
}

static void items_use_one_thread_and_give_the_same_bits(void **state)
{
    (void)state;
    products *alone = random_products();
    assert_ok(pb_threads_set(1));
    assert_ok(pb_parallel_for(ITEMS, multiply, alone, NULL));
    for (int threads = 2; threads <= 4; threads++) {
        products *together = random_products();
        assert_ok(pb_threads_set(threads));
        assert_ok(pb_parallel_for(ITEMS, multiply, together, NULL));
        for (int i = 0; i < ITEMS; i++)
            assert_int_equal(together->threads_offered[i], 1);
        assert_memory_equal(together->c, alone->c, sizeof alone->c);
        free(together);
    }
    assert_ok(pb_threads_set(0));
    free(alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_item_starts_no_threads),
        cmocka_unit_test(items_use_one_thread_and_give_the_same_bits),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
