/* Misbehaves as told, so that scripts/test.sh can be shown to notice. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void passes(void **state)
{
    (void)state;
}

static void fails(void **state)
{
    (void)state;
    fail_msg("planted");
}

static void skips(void **state)
{
    (void)state;
    skip();
}

static void aborts(void **state)
{
    (void)state;
    abort();
}

static void reads_null(void **state)
{
    (void)state;
    raise(SIGSEGV);
}

static void leaves_early(void **state)
{
    (void)state;
    exit(0);
}

static int run(CMUnitTestFunction middle)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes), {"middle", middle, NULL, NULL, NULL}, cmocka_unit_test(passes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    const char *fault = argc > 1 ? argv[1] : "";
    if (strcmp(fault, "fails") == 0)
        return run(fails);
    if (strcmp(fault, "fails-but-returns-0") == 0)
        return run(fails) * 0;
    if (strcmp(fault, "passes-but-returns-1") == 0)
        return run(passes) + 1;
    if (strcmp(fault, "skips") == 0)
        return run(skips);
    if (strcmp(fault, "aborts") == 0)
        return run(aborts);
    if (strcmp(fault, "segfaults") == 0)
        return run(reads_null);
    if (strcmp(fault, "leaves-early") == 0)
        return run(leaves_early);
    if (strcmp(fault, "skips-all") == 0)
        return 77;
    if (strcmp(fault, "runs-nothing") == 0)
        return 0;
    return run(passes);
}
