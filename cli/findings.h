/* What is weak about a bank, in words, with what helps: shared by fit, calibrate and info. */
#ifndef PB_CLI_FINDINGS_H
#define PB_CLI_FINDINGS_H

#include <stdbool.h>

#include <purebank/purebank.h>

bool cli_has_finding(const pb_bank *bank, pb_bank_finding_kind kind);

/* Warns where the numbers are right and yet promise little. */
void cli_warn_about_weakness(const pb_bank *bank);

/* The same of photos of references that are no bank yet. @param origin of their features */
void cli_warn_about_photos(const pb_photo *photos, int64_t n, const pb_origin *origin);

/* What is known about the bank, and what nobody has shown it: by its findings, in three lines. @param bank_path as commands name it */
void cli_say_trust(const pb_bank *bank, const char *bank_path);

/* Lines of a description: all that is weak about the bank, by its codes with their values. */
void cli_say_findings(const pb_bank *bank);

#endif
