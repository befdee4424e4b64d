# fish completion for vialambda. See vialambda completion --help.

function __vialambda_complete
    set -l program (string replace -r '^~/' "$HOME/" -- (commandline -opc)[1])
    set -l prefix ''
    for line in ($program __complete (commandline -cp | string collect) 2>/dev/null)
        if string match -q ':prefix *' -- $line
            set prefix (string replace ':prefix ' '' -- $line)
        else if string match -q ':files *' -- $line
            for path in (__fish_complete_path (string replace ':files ' '' -- $line))
                printf '%s%s\n' $prefix $path
            end
        else
            printf '%s\n' $line
        end
    end
end

complete -c vialambda -f -a '(__vialambda_complete)'
