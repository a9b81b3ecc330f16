namespace AcpToApi.Json.Tests.Support;

/// <summary>What can happen to a body on its way.</summary>
static class Damage
{
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
}
