#!/bin/bash
# scripts/check_layers.sh passes on this repository, and notices an include against the stream, a circle, a file without header, what is
# too long, and an option or a command of the program in the library.
#   test_layers.sh REPOSITORY
set -euo pipefail
repository=$1
check=$repository/scripts/check_layers.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0

"$check" "$repository"

cp -r "$repository/include" "$repository/src" "$repository/cli" "$repository/figures" "$repository/docs" "$work"
planted=()

# plant FILE TEXT MESSAGE: TEXT is added to FILE of the copy, which must be refused with a line that has MESSAGE and names FILE or, of a
# circle, its folder. None hides another.
plant() {
    mkdir -p "$(dirname "$work/$1")"
    echo "$2" >>"$work/$1"
    planted+=("$1" "$2" "$3")
}

plant src/base/error.c '#include "io/file.h"' 'base includes from io'
plant src/search/new.c '#include "purify/new.h"' 'search includes from purify'
plant src/io/new.c '#include <purebank/bank.h>' 'io includes from bank'
plant src/dataset/new.c '  #  include <purebank/backbone.h>' 'dataset includes from backbone'
plant src/purify/new.c '#include <purebank/purebank.h>' 'name the headers'
plant src/bank/new.c '#include "cli/options.h"' 'not in a folder of src/'
plant src/bank/new.c '#include "new.h"' 'write the folder too'
plant src/newstage/new.c '#include "base/error.h"' 'give it a place'
plant include/purebank/features.h '#include <purebank/index.h>' 'io includes from search'
plant cli/new.c '#include "purify/methods.h"' 'of src/ the program uses base and io'
plant cli/new.h '#include "analysis/study.h"' 'of src/ the program uses base and io'
plant figures/new.h '#include "analysis/study.h"' 'figures use base and io'
plant figures/new.c '#include "terminal.h"' 'figures use base and io'
plant cli/cmd_new.c '#include "backbone/checkpoint_find.h"' 'which only info may'
plant src/backbone/vit/new.c '#include "backbone/builtin/builtin_describe.h"' 'another room'
plant include/purebank/novelty.h '' 'give it a place'

plant src/linalg/moments.h '#include "linalg/covariance.h"' 'files need each other: src/linalg/'
plant figures/figures_request.h '#include "figures/shown_rows.h"' 'files need each other: figures/'
plant src/bank/new.c '#include "base/error.h"' 'has no header of its name'
plant src/purify/new.c '#include "catalog/catalog.h"' 'has no header of its name'
plant src/audit/long.h "$(yes '/* a line */' | head -n 601)" 'src/audit/long.h: more than 600 lines'
plant tests/test_long.c "void long_function(void)
{
$(yes '    step();' | head -n 60)
}" 'tests/test_long.c:2: a function of 61 lines'
plant docs/architecture.svg '<rect class="layer" x="5"/><text x="6">bank</text>' 'audit is not to the left of bank'
plant src/io/csv.c 'const char *const hint = "use --force";' 'names an option of the program'
plant figures/new.c 'const char *const hint = "use --force";' 'names an option of the program'
plant src/io/csv.c 'const char *const hint = "<code>purebank fit</code> keeps it";' 'names a command of the program'
plant figures/new.c 'const char *const hint = "see purebank tables";' 'names a command of the program'

if output=$("$check" "$work" 2>&1); then wrong=1; fi
for ((i = 0; i < ${#planted[@]}; i += 3)); do
    about=${planted[i]}
    [[ ${planted[i + 2]} != "files need each other"* ]] || about=$(dirname "$about")
    said=$(grep -F -- "${planted[i + 2]}" <<<"$output" || true)
    if [[ $said != *"$about"* ]]; then
        echo "not noticed: ${planted[i + 1]} in ${planted[i]}"
        wrong=1
    fi
done

[ "$wrong" -eq 0 ] || exit 1
echo "every planted fault was noticed"
