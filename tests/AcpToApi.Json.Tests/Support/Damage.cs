using System.Text.Json.Nodes;

namespace AcpToApi.Json.Tests.Support;

/// <summary>What can happen to a body on its way.</summary>
static class Damage
{
    static readonly string[] OtherValues =
    [
        "\"\"", "\"x\"", "\"\\ud800\"", "-1", "0.5", "1e400", "99999999999999999999", "true",
        "[]", "[null]", "[[]]", "[{}]", "[\"x\"]", "{}", "{\"x\":null}", "{\"type\":\"text\"}", "{\"type\":7}",
    ];

    /// <summary>The body with one to three bytes or stretches of it changed, lost or said twice.</summary>
    public static byte[] Of(byte[] body, int seed)
    {
        var random = new Random(seed);
        List<byte> damaged = [.. body];
        for (var times = random.Next(1, 4); times > 0 && damaged.Count > 1; times--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(4))
            {
                case 0:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 1:
                    damaged.RemoveRange(at, Math.Min(random.Next(1, 40), damaged.Count - at));
                    break;
                case 2:
                    damaged.InsertRange(at, damaged.GetRange(at, Math.Min(random.Next(1, 60), damaged.Count - at)));
                    break;
                default:
                    damaged[at] = (byte)"{}[]\",:0anul\\ \xff"[random.Next(15)];
                    break;
            }
        }
        return [.. damaged];
    }

    /// <summary>The JSON with each field's value exchanged for others, one at a time, and which.</summary>
    public static IEnumerable<(string Json, string What)> Exchanged(JsonNode json)
    {
        foreach (var (owner, key, value) in FieldsOf(json).ToList())
        {
            owner[key] = "@@";
            var text = json.ToJsonString();
            foreach (var other in OtherValues) yield return (text.Replace("\"@@\"", other, StringComparison.Ordinal), $"{owner.GetPath()}.{key} = {other}");
            owner[key] = value;
        }
    }

    /// <summary>All fields of all objects.</summary>
    public static IEnumerable<(JsonObject Owner, string Key, JsonNode? Value)> FieldsOf(JsonNode? node) => node switch
    {
        JsonObject owner => owner.ToList().SelectMany(field => FieldsOf(field.Value).Prepend((owner, field.Key, field.Value))),
        JsonArray items => items.SelectMany(FieldsOf),
        _ => [],
    };
}
