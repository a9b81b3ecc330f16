using FakeAgent;

// The first argument says who is played; the rest is the command line that the real program gets.
return args switch
{
    ["claude", .. var rest] => await ClaudeCli.RunAsync(rest),
    ["opencode" or "kilo", .. var rest] => await OpenCodeServe.RunAsync(args[0], rest),
    ["acp", .. var rest] => await AcpAgent.RunAsync(rest),
    _ => throw new ArgumentException("who am I? claude, opencode, kilo or acp"),
};
