# bash completion for vialambda. See vialambda completion --help.

_vialambda() {
	local line prefix=''
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:prefix\ *)
			prefix=${line#:prefix }
			;;
		:files\ *)
			compopt -o filenames 2>/dev/null
			while IFS= read -r line; do
				COMPREPLY+=("$line")
			done < <(compgen -f -P "$prefix" -- "${line#:files }")
			;;
		*)
			COMPREPLY+=("${line%%$'\t'*}")
			;;
		esac
	done < <("${COMP_WORDS[0]/#\~\//$HOME/}" __complete "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/@] ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

complete -F _vialambda vialambda
