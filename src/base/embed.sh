#!/bin/sh
# Writes C source that holds files as byte arrays: embed.sh NAME FILE... ; POSIX tools only.
#
#     const struct embedded_file NAME[] = {{"00597b5c8325.sql", data, length}, ..., {NULL, NULL, 0}};
set -eu
name=$1
shift
i=0
list=
for file; do
    printf 'static const unsigned char %s_%d[] = {\n' "$name" "$i"
    od -An -v -tu1 "$file" | sed 's/  *\([0-9][0-9]*\)/\1,/g'
    printf '0};\n'
    list="$list{\"$(basename "$file")\", ${name}_$i, sizeof(${name}_$i) - 1},
"
    i=$((i + 1))
done
printf 'const struct embedded_file %s[] = {\n%s{NULL, NULL, 0}};\n' "$name" "$list"
