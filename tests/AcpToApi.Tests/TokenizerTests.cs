using System.Text.Json;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>Estimated tokens of code, prose and Chinese, against a tokenizer (gpt-tokenizer, o200k_base) on the texts of this repository and a few more.</summary>
public sealed class TokenizerTests(Bridge bridge, ITestOutputHelper output) : IClassFixture<Bridge>
{
    const string Chinese = """
        这座城市建在两条河的交汇处,老城区的街道狭窄而弯曲,石板路被几百年的脚步磨得光滑发亮。每天清晨,卖早点的小贩推着车出来,热气在冷风里升起,
        学生们骑着自行车从桥上经过,桥下的渔船刚刚靠岸。一位退休的老师告诉我,他小时候河水清澈见底,夏天的晚上,孩子们在岸边抓萤火虫,大人们摇着扇子聊天。
        后来工厂搬了进来,河水变黑了,鱼也少了;二十年前政府开始治理,关闭了污染最严重的几家企业,又在上游修建了污水处理厂。现在白鹭回来了,钓鱼的人也回来了。
        我们在茶馆里坐了一个下午,听他讲起从前的故事。他说变化总是很慢的,慢到你以为什么都没有发生,直到有一天你抬头,发现整条街都不一样了。

        如果要在服务器上安装这个程序,请先下载压缩包并解压到任意目录,然后在配置文件里填写端口号和密钥。启动之后,可以用浏览器打开首页检查运行状态;
        如果出现错误,请查看日志文件最后的几行内容。需要注意的是,修改配置以后必须重新启动服务才会生效。升级之前请备份数据,以免发生意外时无法恢复。
        """;

    [Fact]
    public async Task Estimates_are_within_15_percent_of_a_tokenizer()
    {
        var texts = new Dictionary<string, string> { ["Chinese"] = Chinese };
        foreach (var file in (string[])
            ["src/AcpToApi/Backends/HttpBackend.cs", "src/AcpToApi.Json/OpenAiChat/OpenAiChatStreamReader.cs", "src/AcpToApi/Playground/playground.js",
                "src/AcpToApi/Playground/playground.css", "tests/clients/check.mjs", "publish.sh", "README.md", "docs/configuration.md", "LICENSE"])
        {
            texts[file] = File.ReadAllText(Path.Combine(PublishedBinary.Root, file));
        }
        var counts = await CountAsync([.. texts.Values]);
        var wrong = new List<string>();
        foreach (var ((name, text), count) in texts.Zip(counts))
        {
            var estimate = await EstimateAsync(text);
            output.WriteLine($"{name}: {estimate} for {count} ({(estimate - count) * 100.0 / count:+0.0;-0.0} %)");
            if (Math.Abs(estimate - count) > count * 15 / 100) wrong.Add($"{name}: {estimate} for {count}");
        }
        Assert.Empty(wrong);
    }

    static async Task<List<long>> CountAsync(List<string> texts)
    {
        var folder = await NpmPackage.InstallAsync("tokenizer");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(texts));
        var run = await NpmPackage.TryRunAsync("node", ["count.mjs", file], folder);
        File.Delete(file);
        Assert.True(run!.ExitCode == 0, run.All);
        return [.. JsonNode.Parse(run.Output)!.AsArray().Select(count => (long)count!)];
    }

    async Task<long> EstimateAsync(string text)
    {
        var body = new JsonObject { ["model"] = "demo/gpt-4o", ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }) };
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/messages/count_tokens", body.ToJsonString(), null);
        Assert.Equal("true", answer.Headers.GetValues("x-acptoapi-estimated").Single());
        return (long)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["input_tokens"]!;
    }
}
