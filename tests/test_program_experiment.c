/* The program on the runs of the studies: plan, status, kill -9 at any moment, locks. */
#include "caches.h"
#include "program.h"
#include "trees.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/file.h>
#include <time.h>

#include <purebank/experiment.h>
#include <purebank/image.h>
#include <purebank/purify.h>

#include "io/csv.h"

static int make_caches(void **state)
{
    (void)state;
    char root[512];
    test_make_temp_dir(program_folder, sizeof program_folder - 8);
    snprintf(root, sizeof root, "%s/caches", program_folder);
    cache_make(root, "mvtec_AD__bottle", (cache_sizes){12, 5, 8, 4, 8}, 1);
    cache_make(root, "VisA__pcb1", (cache_sizes){14, 6, 7, 4, 8}, 2);
    cache_make(root, "mine", (cache_sizes){11, 5, 6, 4, 8}, 3);
    return 0;
}

#define GRID "--limits 5,8 --contamination 0,0.3 --seeds 0-6 --methods none,loo_patch,oracle_patch,pca_patch"

static void help_names_every_run(void **state)
{
    (void)state;
    int64_t n;
    const pb_experiment_run *const *runs = pb_experiment_runs(&n);
    assert_run("experiment --help", 0);
    for (int64_t i = 0; i < n; i++) {
        assert_says(runs[i]->name);
        char line[256];
        snprintf(line, sizeof line, "experiment %s --cache caches -o nothing --plan --categories mine", runs[i]->name);
        assert_run(line, 0);
        assert_says(runs[i]->file);
        assert_run("experiment --help", 0);
    }
}

static void plan_and_status_write_nothing(void **state)
{
    (void)state;
    assert_run("experiment main --cache caches -o nothing --plan " GRID, 0);
    assert_says("336, of which 0 are done");
    assert_says("in 21 passes (category x seed), of which 21 are left");
    assert_says("Setup disjoint");
    assert_run("experiment main --cache caches -o nothing --status " GRID, 0);
    assert_says("mvtec_AD/bottle                        112         0       112");
    shell("test ! -e nothing");
    assert_run("experiment leakage-check --cache caches -o nothing --plan", 0);
    assert_says("categories  2, in 10 passes"); /* of the quick set */
    assert_run("experiment main --cache caches -o nothing --plan --debug", 0);
    assert_says("28, of which 0 are done");
    assert_run("experiment main -o nothing", 2);
    assert_says("--cache DIR");
    assert_run("experiment main --cache caches -o nothing --shard 1", 2);
    assert_says("such as 1/4, not '1'");
    assert_run("experiment main --cache caches -o nothing --memory lots", 2);
    assert_says("such as 500M or 8G");
    assert_run("experiment main --cache caches -o nothing --memory 1M --categories mine", 0);
    assert_says("cells computed");
}

/* Starts the program and kills it after `microseconds`; true when it had ended by itself before. */
static bool run_and_kill(long microseconds)
{
    const struct timespec pause = {0, microseconds * 1000};
    char command[1024];
    int status;
    snprintf(command, sizeof command,
             "cd '%s' && exec '%s' experiment main --cache caches -o killed --threads 1 -q " GRID, program_folder,
             PB_PROGRAM);
    const pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(99);
    }
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Columns 2 to 29: all but those of the clock; each row once. */
#define SORTED(file) "tail -n +2 " file "/results_v2.csv | tr -d '\\r' | cut -d ';' -f 2-29 | sort"

static void killed_runs_end_with_the_same_rows(void **state)
{
    (void)state;
    const int n_wanted = test_repeats(25, 100);
    test_rng rng = {2026};
    int n_rounds = 0;
    const double began = test_seconds();
    assert_run("experiment main --cache caches -o undisturbed --threads 1 " GRID, 0);
    const double whole = 1e6 * (test_seconds() - began);
    shell(SORTED("undisturbed") " > undisturbed.txt; test $(wc -l < undisturbed.txt) = 336");
    for (int n_kills = 0; n_kills < n_wanted;) {
        if (!run_and_kill((long)(test_rng_uniform(&rng) * whole / 3)) && ++n_kills < n_wanted)
            continue;
        assert_run("experiment main --cache caches -o killed --threads 1 " GRID, 0);
        shell(SORTED("killed") " | cmp - undisturbed.txt");
        shell("rm -r killed");
        n_rounds++;
    }
    assert_true(n_rounds >= 1);
}

static void a_row_torn_at_any_byte_is_redone(void **state)
{
    (void)state;
    char line[512];
    assert_run("experiment main --cache caches -o undisturbed " GRID, 0);
    shell(SORTED("undisturbed") " > undisturbed.txt; mkdir torn; stat -c %s undisturbed/results_v2.csv > size.txt");
    for (int cut = 1; cut < 700; cut += 61) {
        snprintf(line, sizeof line, "cp undisturbed/results_v2.csv* torn/ && truncate -s -%d torn/results_v2.csv", cut);
        shell(line);
        assert_run("experiment main --cache caches -o torn " GRID, 0);
        shell(SORTED("torn") " | cmp - undisturbed.txt");
    }
    for (int bytes = 0; bytes < 500; bytes += 163) { /* in the header */
        snprintf(line, sizeof line, "truncate -s %d torn/results_v2.csv; rm -f torn/*.json", bytes);
        shell(line);
        assert_run("experiment main --cache caches -o torn " GRID, 0);
        shell(SORTED("torn") " | cmp - undisturbed.txt");
    }
}

static void a_second_process_stops(void **state)
{
    (void)state;
    char path[512];
    shell("mkdir locked");
    snprintf(path, sizeof path, "%s/locked/.purebank.lock", program_folder);
    const int fd = open(path, O_RDWR | O_CREAT, 0666);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_run("experiment main --cache caches -o locked " GRID, 4);
    assert_says("locked is being written by another purebank");
    assert_run("experiment main --cache caches -o locked --status " GRID, 0);
    assert_run("experiment main --cache caches -o locked --shard 1/21 " GRID, 0);
    close(fd);
    assert_run("experiment tl5 --cache caches -o locked -v", 0);
    assert_says("mine  disjoint  seed 4  N 5  K 5  q 95  cont_30pct_ensemble_loo_mahal  AUROC ");
}

/* One process is stopped in the middle of its work: the other says so and leaves the file alone. */
static void two_processes_do_not_share_a_folder(void **state)
{
    (void)state;
    char command[1024];
    const struct timespec pause = {0, 1000000};
    int status;
    snprintf(command, sizeof command,
             "cd '%s' && exec '%s' experiment main --cache caches -o both --threads 1 -q " GRID, program_folder,
             PB_PROGRAM);
    const pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(99);
    }
    snprintf(command, sizeof command, "test -s '%s/both/results_v2.csv'", program_folder);
    while (system(command) != 0)
        nanosleep(&pause, NULL);
    kill(child, SIGSTOP);
    shell("cp both/results_v2.csv before.csv; test $(wc -l < before.csv) -lt 337");
    assert_run("experiment main --cache caches -o both " GRID, 4);
    assert_says("both is being written by another purebank");
    shell("cmp before.csv both/results_v2.csv");
    kill(child, SIGCONT);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_run("experiment main --cache caches -o both " GRID, 0);
    assert_says("0 cells computed, 336 done before");
}

static void shards_are_merged_and_compared(void **state)
{
    (void)state;
    char line[256];
    assert_run("experiment main --cache caches -o whole " GRID, 0);
    shell(SORTED("whole") " > whole.txt");
    for (int n = 1; n <= 7; n += n == 1 ? 2 : 4) { /* 1, 3, 7 */
        shell("rm -rf parts");
        for (int i = 1; i <= n; i++) {
            snprintf(line, sizeof line, "experiment main --cache caches -o parts --shard %d/%d " GRID, i, n);
            assert_run(line, 0);
        }
        assert_run("merge parts/results_v2.shard-*.csv -o parts/results_v2.csv", 0);
        snprintf(line, sizeof line, "336 rows of %d files, 0 of them in more than one", n);
        assert_says(line);
        shell(SORTED("parts") " | cmp - whole.txt");
    }
    assert_run("compare whole/results_v2.csv parts/results_v2.csv --tolerance 0", 0);
    assert_says("336 rows in both, 0 only in A, 0 only in B");
    assert_says("0 values differ by more than 0");
    assert_run("merge parts/*.csv whole/results_v2.csv -o all.csv", 0);
    assert_says("336 rows of 9 files, 672 of them in more than one");
    assert_run("experiment main --cache caches -o parts " GRID, 0); /* the setup came along */
    assert_says("0 cells computed, 336 done before");
    assert_run("experiment main --cache caches -o shared --setup shared " GRID, 0);
    assert_run("merge whole/results_v2.csv shared/results_v2.csv -o mixed.csv", 3);
    assert_says("are not of the same setup");
    shell("test ! -e mixed.csv");
    assert_run("merge whole/results_v2.csv", 2);
}

static void audits_fill_a_file_of_both_setups(void **state)
{
    (void)state;
    const char options[] =
        "experiment image-level --cache caches -o audits --limits 6,8 --contamination 0,0.3 --seeds 0-1";
    char line[512];
    pb_csv_table table;
    snprintf(line, sizeof line, "%s -v", options);
    assert_run(line, 0);
    assert_says("Both setups");
    assert_says("cont_30pct_imgmax_mad k 1.5  AUROC ");
    assert_says("720 cells computed"); /* 15 methods with their k, 2 N, 2 c, 2 seeds, 2 setups, 3 categories */
    assert_run(options, 0);
    assert_says("0 cells computed, 720 done before");
    snprintf(line, sizeof line, "%s --setup shared --methods image_mad", options);
    assert_run(line, 0);
    assert_says("0 cells computed, 72 done before");
    snprintf(line, sizeof line, "%s/audits/exp_p4_image_level/results.csv", program_folder);
    assert_ok(pb_csv_read(line, 1 << 24, ';', &table));
    assert_int_equal(table.n_rows, 720);
    assert_int_equal(table.n_columns, 27);
    int64_t fullest = 0; /* every column is filled in some row at once: an audit that found one of several */
    for (int64_t r = 0; r < table.n_rows; r++) {
        int64_t filled = 0;
        for (int64_t c = 0; c < table.n_columns; c++)
            filled += *table.field[r * table.n_columns + c] != '\0';
        fullest = filled > fullest ? filled : fullest;
    }
    assert_int_equal(fullest, 27);
    pb_csv_table_free(&table);
    assert_run("experiment image-level --cache caches -o audits --percentile 90,95", 2);
    assert_says("no column for the percentile");
    assert_run("experiment main --cache caches -o audits --methods imgmax_mad", 2);
    assert_says("there is no purification method \"imgmax_mad\"");
}

static pb_study *read_study(const char *name)
{
    char path[512];
    const char *const paths[] = {path};
    pb_study *study;
    snprintf(path, sizeof path, "%s/%s", program_folder, name);
    assert_ok(pb_study_read(paths, 1, PB_STUDY_SHARED_ONLY, &study));
    return study;
}

/* At c = 0.3. */
static pb_effect effect_of(const pb_study *study, const char *method, pb_effect_categories categories)
{
    const pb_effect_policy policy = {sizeof policy, categories, 0.001};
    const pb_study_question question = {
        .size = sizeof question, .slice = {.setup = PB_SETUP_SHARED, .contamination = 0.3}, .policy = &policy};
    pb_effect effect;
    assert_ok(pb_study_effect(study, &question, method, &effect));
    return effect;
}

static void the_gate_check_ends_with_verdicts(void **state)
{
    (void)state;
    assert_run("experiment gate-check --cache caches -o gate", 0);
    int64_t n_methods;
    pb_purify_methods(&n_methods);
    char cells[64];
    snprintf(cells, sizeof cells, "%d cells computed",
             (int)n_methods * 2 * 2 * 2); /* c, seeds, categories of the set */
    assert_says(cells);
    assert_says("none                      +0.0000  +0.0000         0-0  no change");
    assert_says("adaptive: MAD");
    /* Means by hand: categories a and b gain .1 (two seeds: .15, .05) and -.02 at .3, b loses .01 where clean. */
    shell("H='dataset;purification_method;contamination_rate;seed;train_limit;knn_k;percentile_threshold;img_auroc'; "
          "for r in \"$H\" 'a;none;0.3;0;10;5;95;.5' 'a;none;0.3;1;10;5;95;.6' 'a;m;0.3;0;10;5;95;.65' "
          "'a;m;0.3;1;10;5;95;.65' 'b;none;0.3;0;10;5;95;.5' 'b;m;0.3;0;10;5;95;.48' 'a;none;0.0;0;10;5;95;.9' "
          "'a;m;0;0;10;5;95;.9' 'b;none;0;0;10;5;95;.9' 'b;m;0;0;10;5;95;.89'; do echo \"$r\"; done > verdicts.csv");
    pb_study *study = read_study("verdicts.csv");
    const pb_effect effect = effect_of(study, "m", PB_EFFECT_ANY_SEEDS);
    assert_int_equal(effect.n, 2);
    assert_float_equal(effect.gain, 0.04, 1e-12);
    assert_float_equal(effect.clean_penalty, 0.005, 1e-12);
    assert_int_equal(effect.wins, 1);
    assert_int_equal(effect.losses, 1);
    pb_study_free(study);
}

/* More rows than all 17 methods have on 35 categories with 5 seeds; the time grew with its square, to minutes. */
static void files_of_a_full_study_take_no_time(void **state)
{
    (void)state;
    pb_results_comparison comparison;
    char path[512];
    snprintf(path, sizeof path, "%s/full.csv", program_folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("dataset;purification_method;contamination_rate;seed;train_limit;knn_k;percentile_threshold;img_auroc\n",
          file);
    for (int i = 0; i < 40800; i++) { /* 17 methods, 4 c, 2 N, 5 seeds, 60 categories; method m gains m / 100 at .3 */
        const int method = i % 17, share = i / 17 % 4, limit = i / 68 % 2, seed = i / 136 % 5, category = i / 680;
        fprintf(file, "category%d;%s%d;%.1f;%d;%d;5;95;%.4f\n", category, method ? "method" : "none", method,
                0.1 * share, seed, 10 + 10 * limit, 0.5 + 0.01 * method * (share == 3) + 0.001 * seed);
    }
    fclose(file);
    shell("sed -i 's/;none0;/;none;/' full.csv");
    const clock_t began = clock();
    pb_study *study = read_study("full.csv");
    const pb_study_contents *contents = pb_study_get_contents(study);
    assert_int_equal(contents->n_methods, 17);
    for (int64_t m = 0; m < contents->n_methods; m++) {
        const char *method = contents->methods[m];
        const int number = strcmp(method, "none") == 0 ? 0 : atoi(method + strlen("method"));
        const pb_effect effect = effect_of(study, method, PB_EFFECT_AS_MANY_SEEDS);
        assert_true(fabs(effect.gain - 0.01 * number) < 1e-9);
        assert_int_equal(effect.n, 60);
        assert_int_equal(effect.wins, number > 0 ? 60 : 0);
    }
    pb_study_free(study);
    assert_ok(pb_results_compare(path, path, NULL, 0, &comparison));
    assert_true((double)(clock() - began) < 4.0 * CLOCKS_PER_SEC);
    assert_int_equal(comparison.n_common, 40800);
    pb_results_comparison_free(&comparison);
}

static void detectors_are_named_or_not(void **state)
{
    (void)state;
#define ASSURANCE "experiment assurance -o assured --seeds 0 --categories mine "
    shell("cp -r caches 'other=caches'");
    assert_run(ASSURANCE "--cache a=caches --cache b-2=other=caches --auditor b-2 --plan", 0);
    assert_says("The audit by b-2 decides for a, too.");
    assert_says("28, of which 0 are done");
    assert_run(ASSURANCE "--cache a=caches --cache ./other=caches -v", 0);
    assert_says("The audit by a decides for default, too.");
    assert_says("mine  default  disjoint  seed 0  N 10  K 5  q 95  cont_30pct_audit_recapture  AUROC ");
    assert_says("28 cells computed, 0 done before");
    assert_run(ASSURANCE "--cache a=caches --status", 0);
    assert_says("mine                                    14        14         0");
    assert_run(ASSURANCE "--cache a=caches --cache a=other=caches", 2);
    assert_says("are both of a detector called a: give them names");
    assert_run("experiment main -o assured --cache a=caches --cache b=caches", 2);
    assert_says("main takes the caches of one backbone, not of 2");
    assert_run("compare assured/exp_p5_assurance/results.csv assured/exp_p5_assurance/results.csv", 0);
    assert_says("28 rows in both");
    for (int i = 1; i <= 2; i++) {
        char line[256];
        snprintf(line, sizeof line, ASSURANCE "--cache a=caches --cache ./other=caches --shard %d/2", i);
        assert_run(line, 0);
    }
    shell("cd assured/exp_p5_assurance && test -s results.shard-1-of-2.csv && test ! -e results.shard-2-of-2.csv");
    assert_run("merge assured/exp_p5_assurance/*.csv -o assured.csv", 0);
    assert_says("28 rows of 2 files, 28 of them in more than one");
    shell("cmp assured.csv.json assured/exp_p5_assurance/results.csv.json");
#undef ASSURANCE
}

static void assert_regions_read(const char *folder)
{
    static const char *const columns[] = {"pix_f1max", "pix_aupro_30", "pix_aupro_5", "pix_auspro_30", "pix_auspro_5"};
    static const char *const lines[] = {"pixel F1, best threshold", "AUPRO, FPR up to 30 %", "AUPRO, FPR up to 5 %",
                                        "AU-sPRO, FPR up to 30 %", "AU-sPRO, FPR up to 5 %"};
    char path[512];
    pb_csv_table table;
    snprintf(path, sizeof path, "%s/%s/results_pixel_regions.csv", program_folder, folder);
    assert_ok(pb_csv_read(path, 1 << 20, ';', &table));
    assert_int_equal(table.n_rows, 6);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        int64_t column;
        assert_ok(pb_csv_column(&table, columns[i], path, &column));
        const char *line = strstr(program_output, lines[i]);
        assert_non_null(line);
        line += strlen(lines[i]);
        assert_int_equal(strncmp(line + strspn(line, " "), table.field[column], 6), 0);
    }
    pb_csv_table_free(&table);
}

/* After eval of the same bank: the figures of the second file are those, and a run that was killed between its two files goes on. */
static void regions_go_to_a_file_beside(void)
{
    assert_regions_read("pixels");
    assert_run("eval part.bank photos/part/test", 0);
    shell("cp -r pixels half && head -3 pixels/results_pixel_auroc.csv > half/results_pixel_auroc.csv && "
          "head -5 pixels/results_pixel_regions.csv > half/results_pixel_regions.csv");
    assert_run("experiment pixel --cache photocache -o half --setup shared --limits 6 --seeds 0 -q", 0);
    assert_run("eval part.bank photos/part/test", 0);
    assert_regions_read("half");
    assert_run("compare half/results_pixel_regions.csv pixels/results_pixel_regions.csv --tolerance 0", 0);
    assert_run("experiment pixel --cache photocache -o half --setup shared --limits 6 --seeds 0 -q --force", 0);
    shell("test -e half/results_pixel_regions.csv.old");
}

/* All training images, none of them contaminated, and the whole test set: what fit and eval do. */
static void pixels_equal_those_of_eval(void **state)
{
    (void)state;
    char name[64], path[512];
    strcat(strcpy(tree_root, program_folder), "/photos");
    mkdir(tree_root, 0777);
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "part/train/good/%d.png", i);
        tree_image(name, 40, 40, i);
        snprintf(name, sizeof name, "part/test/%s/%d.png", i < 3 ? "good" : "dent", i);
        tree_image(name, 40, 40, 10 + i);
        snprintf(name, sizeof name, "part/ground_truth/dent/%d.png", i);
        if (i > 3) /* 3 has none */
            tree_mask(name, 40, 40, 20 + 40 * 5, 30 + 40 * 16);
    }
    tree_text("part/defects_config.json",
              "[{\"pixel_value\": 1, \"saturation_threshold\": 0.4, \"relative_saturation\": true}]");
    assert_run("cache photos -o photocache", 0);
    assert_run("experiment pixel --cache photocache -o pixels --setup shared --limits 6 --seeds 0", 0);
    assert_run("fit photos/part/train -o part.bank --audit off --image-score p95", 0);
    assert_run("eval part.bank photos/part/test", 0);
    pb_csv_table table;
    snprintf(path, sizeof path, "%s/pixels/results_pixel_auroc.csv", program_folder);
    assert_ok(pb_csv_read(path, 1 << 20, ';', &table));
    assert_int_equal(table.n_rows, 6);
    const char *const columns[] = {"img_auroc", "pix_auroc", "pix_aupr"};
    const char *const lines[] = {"image AUROC", "pixel AUROC", "pixel average precision"};
    for (int i = 0; i < 3; i++) {
        int64_t column;
        assert_ok(pb_csv_column(&table, columns[i], path, &column));
        const char *line = strstr(program_output, lines[i]);
        assert_non_null(line);
        assert_int_equal(
            strncmp(line + strlen(lines[i]) + strspn(line + strlen(lines[i]), " "), table.field[column], 6), 0);
    }
    int64_t column;
    assert_ok(pb_csv_column(&table, "n_masks_found", path, &column));
    assert_string_equal(table.field[column], "2");
    pb_csv_table_free(&table);
    regions_go_to_a_file_beside();
    tree_text("part/defects_config.json", "[]");
    assert_run("experiment pixel --cache photocache -o pixels3 --setup shared --limits 6 --seeds 0", 3);
    assert_says("is no list of kinds of defects");
    shell("rm photos/part/defects_config.json");
    assert_run("experiment pixel --cache photocache -o pixels3 --setup shared --limits 6 --seeds 0", 0);
    shell("tail -1 pixels3/results_pixel_regions.csv | tr -d '\\r' | grep -q ';;$'"); /* no file, no figures */
    assert_run("experiment pixel --cache caches -o pixels2 --categories mine", 3);
    assert_says("no defect has a mask");
}

/* Columns in another order, full precision, empty fields, True and False. */
static void other_peoples_files_are_compared(void **state)
{
    (void)state;
    shell("printf 'dataset;seed;timestamp;img_auroc;skew;did\\n"
          "a;0;monday;0.9000;0.1;1\\na;1;monday;0.8000;;0\\na;10;monday;0.7000;1;0\\n' > a.csv");
    shell("printf 'did;img_auroc;seed;dataset;timestamp;more\\n"
          "True;0.90004999;0.0;a;tuesday;1\\nFalse;0.8101;1;a;tuesday;1\\n;0.75;10;a;x;1\\n;0.5;11;a;x;1\\n' > b.csv");
    assert_run("compare a.csv b.csv", 1);
    assert_says("3 rows in both, 0 only in A, 1 only in B; 11 values compared, 1 empty on one side");
    assert_says("2 values differ by more than 0.0001");
    assert_true(strstr(program_output, "0.7000         0.75  a;10") <
                strstr(program_output, "0.8000       0.8101  a;1\n"));
    assert_run("compare a.csv b.csv --tolerance 0.05", 0);
    assert_run("compare a.csv b.csv --key dataset", 3);
    assert_says("has two rows with the key a (dataset)");
    assert_run("compare a.csv b.csv --key dataset,skew", 3);
    assert_says("b.csv has no column \"skew\"");
    shell("printf 'dataset;seed;img_auroc\\nb;0;0.9\\n' > c.csv");
    assert_run("compare a.csv c.csv", 3);
    assert_says("have no row in common");
    assert_run("merge a.csv c.csv -o d.csv", 3);
    assert_says("have not the same columns");
    shell("printf 'dataset;seed;img_auroc\\nb;0;0.8\\n' > e.csv");
    assert_run("merge c.csv e.csv -o d.csv", 3);
    assert_says("c.csv and e.csv differ in the row b;0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_names_every_run),
        cmocka_unit_test(plan_and_status_write_nothing),
        cmocka_unit_test(killed_runs_end_with_the_same_rows),
        cmocka_unit_test(a_row_torn_at_any_byte_is_redone),
        cmocka_unit_test(a_second_process_stops),
        cmocka_unit_test(two_processes_do_not_share_a_folder),
        cmocka_unit_test(shards_are_merged_and_compared),
        cmocka_unit_test(audits_fill_a_file_of_both_setups),
        cmocka_unit_test(the_gate_check_ends_with_verdicts),
        cmocka_unit_test(files_of_a_full_study_take_no_time),
        cmocka_unit_test(detectors_are_named_or_not),
        cmocka_unit_test(pixels_equal_those_of_eval),
        cmocka_unit_test(other_peoples_files_are_compared),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_caches, remove_program_folder);
}
