using System.CommandLine;
using System.CommandLine.Invocation;

namespace AcpToApi.Cli;

/// <summary>The command line: <c>acptoapi [serve|acp] [options]</c>.</summary>
static class CommandLine
{
    /// <summary>Exit code of a mistake in how the server was started.</summary>
    public const int StartupMistake = 2;

    /// <summary>Parses the arguments and runs the verb; a mistake is one line on standard error and exit code 2.</summary>
    public static async Task<int> RunAsync(
        string[] args, Func<IReadOnlyDictionary<OptionDefinition, IReadOnlyList<string>>, Task<int>> serve, Func<IReadOnlyDictionary<OptionDefinition, IReadOnlyList<string>>, Task<int>> speakAcp)
    {
        var root = new RootCommand("Any AI client to any AI backend: the dialects of OpenAI, Anthropic, Gemini and Ollama in front of every provider you have a key for.");
        root.Directives.Clear();
        var verb = new Command("serve", "Run the server (the default).");
        root.Subcommands.Add(verb);
        Command acp = new("acp", "Be an agent of the Agent Client Protocol on standard input and output, for editors: any model behind the bridge; --model names the first.");
        root.Subcommands.Add(acp);
        var options = new Dictionary<OptionDefinition, Option>();
        foreach (var definition in OptionTable.All.Where(option => !option.IsSecret))
        {
            var option = Declare(definition);
            options[definition] = option;
            root.Options.Add(option);
        }
        foreach (var option in root.Options)
        {
            if (option is VersionOption version) version.Action = new PrintVersion();
        }
        var given = default(IReadOnlyDictionary<OptionDefinition, IReadOnlyList<string>>);
        root.SetAction(parsed => given = Given(parsed, options));
        verb.SetAction(parsed => given = Given(parsed, options));
        acp.SetAction(parsed =>
        {
            given = Given(parsed, options);
            serve = speakAcp;
        });

        // The parser skips such words at the front ("directives"), even those that it does not know.
        if (args is [['[', .., ']'] word, ..]) throw new StartupException($"Unrecognized command or argument '{word}'. See acptoapi --help.");
        // Without response files: ids of models may begin with @.
        var result = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0)
        {
            throw new StartupException($"{result.Errors[0].Message}{Meant(result, root)} See acptoapi --help.");
        }
        var exit = await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        return given is null ? exit : await serve(given);
    }

    static string Meant(ParseResult result, RootCommand root)
    {
        if (result.UnmatchedTokens is not [var wrong, ..]) return "";
        var known = root.Options.Select(option => option.Name).Concat(root.Subcommands.Select(command => command.Name));
        return Nearest.Close(wrong, known) is { } meant ? $" Did you mean '{meant}'?" : "";
    }

    static Option Declare(OptionDefinition definition)
    {
        var help = definition.Default is { } fallback ? $"{definition.Help} [default: {fallback}]" : definition.Help;
        Option option = definition.IsSwitch
            ? new Option<bool>("--" + definition.Name) { Description = help }
            : new Option<string[]>("--" + definition.Name)
            {
                Description = help,
                HelpName = definition.Value,
                Arity = ArgumentArity.OneOrMore,
                AllowMultipleArgumentsPerToken = false,
            };
        option.Recursive = true;
        return option;
    }

    static Dictionary<OptionDefinition, IReadOnlyList<string>> Given(ParseResult parsed, Dictionary<OptionDefinition, Option> options)
    {
        var given = new Dictionary<OptionDefinition, IReadOnlyList<string>>();
        foreach (var (definition, option) in options)
        {
            if (parsed.GetResult(option) is not { Implicit: false } result) continue;
            given[definition] = definition.IsSwitch
                ? [result.GetValue((Option<bool>)option) ? "true" : "false"]
                : result.GetValue((Option<string[]>)option) ?? [];
        }
        return given;
    }

    sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine("acptoapi " + Product.Version);
            return 0;
        }
    }
}
