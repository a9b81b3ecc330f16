using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>One request on its way to an answer: as seen, as JSON, what is to be answered, and its number.</summary>
sealed record Exchange(SeenRequest Seen, JsonObject Body, Plan Plan, int Id);
