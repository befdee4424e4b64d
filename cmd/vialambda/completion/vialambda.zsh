#compdef vialambda
# zsh completion for vialambda. See vialambda completion --help.

_vialambda() {
	local program=${${(Q)words[1]}/#\~\//$HOME/} line prefix='' word note
	local -a values notes open opennotes
	for line in "${(@f)$("$program" __complete "${(j: :)words[1,CURRENT-1]} $IPREFIX$QIPREFIX$PREFIX" 2>/dev/null)}"; do
		word=${line%%$'\t'*}
		note=$word
		[[ $line == *$'\t'* ]] && note="$word  -- ${line#*$'\t'}"
		case $word in
		('') ;;
		(:prefix\ *) prefix=${line#:prefix } ;;
		(:files\ *)
			[[ -n $prefix ]] && compset -p ${#prefix}
			_files
			;;
		(*[=/@]) open+=("$word"); opennotes+=("$note") ;;
		(*) values+=("$word"); notes+=("$note") ;;
		esac
	done
	(( ${#values} )) && compadd -l -d notes -a values
	(( ${#open} )) && compadd -l -S '' -d opennotes -a open
	return 0
}

if [[ ${funcstack[1]-} == _vialambda ]]; then
	_vialambda "$@"
else
	compdef _vialambda vialambda
fi
