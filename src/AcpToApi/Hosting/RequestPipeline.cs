using System.Globalization;
using System.Text;
using AcpToApi.Backends;
using AcpToApi.Dialects;
using AcpToApi.Json.Model;
using AcpToApi.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace AcpToApi.Hosting;

/// <summary>What happens to every request: the gate, the route, the endpoint, one log line.</summary>
sealed class RequestPipeline(Routes routes, RequestGate gate, Meters meters, ILogger<RequestPipeline> logger)
{
    // nginx's status for a client that left; it is logged and counted, never sent.
    const int ClientClosedRequest = 499;

    /// <summary>Answers a request; nothing it throws reaches the server.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        var record = new RequestRecord();
        meters.Begin();
        http.Items[typeof(RequestRecord)] = record;
        try
        {
            await AnswerAsync(http, record);
        }
        catch (BridgeException refused)
        {
            await FailAsync(http, record, refused.Error);
        }
        catch (BadHttpRequestException bad)
        {
            await FailAsync(http, record, new BridgeError(BridgeError.KindOf(bad.StatusCode), bad.StatusCode, bad.Message));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            record.ClientLeft = true;
        }
        catch (Exception left) when (left is IOException or ObjectDisposedException && http.RequestAborted.IsCancellationRequested)
        {
            record.ClientLeft = true;
        }
        catch (Exception bug)
        {
            Log.Bug(logger, bug, http.Request.Method, http.Request.Path);
            await FailAsync(http, record, new BridgeError(ErrorKind.Internal, 500, "An error inside acptoapi; its log has the details."));
        }
        var status = record.ClientLeft ? ClientClosedRequest : http.Response.StatusCode;
        meters.End(record, Outcome(record, status));
        Write(http, record, status);
    }

    async Task AnswerAsync(HttpContext http, RequestRecord record)
    {
        if (RequestFraming.IsDoubtful(http.Request))
        {
            http.Response.Headers.Connection = "close";
            await FailAsync(http, record, BridgeError.InvalidRequest("Where the request's body ends is in doubt: send either Content-Length or 'Transfer-Encoding: chunked', and nothing else."));
            return;
        }
        if (gate.AnswerCors(http)) return;
        var path = PathOf(http);
        var method = HttpMethods.IsHead(http.Request.Method) ? "GET" : http.Request.Method;
        Route? found = null;
        var rest = "";
        List<string>? otherMethods = null;
        foreach (var route in routes.All)
        {
            if (!route.Matches(path, out var matched)) continue;
            if (route.Method == method)
            {
                (found, rest) = (route, matched);
                break;
            }
            (otherMethods ??= []).Add(route.Method);
        }
        if (gate.Refuse(http.Request, found?.NeedsKey ?? true) is { } refused)
        {
            await FailAsync(http, record, refused);
        }
        else if (found is not null)
        {
            record.Endpoint = found.Path;
            await found.Handle(http, rest);
        }
        else if (otherMethods is not null)
        {
            http.Response.Headers.Allow = string.Join(", ", otherMethods);
            await FailAsync(http, record, new BridgeError(ErrorKind.InvalidRequest, 405, $"{http.Request.Method} is not allowed on {path}; use {string.Join(" or ", otherMethods)}."));
        }
        else
        {
            await FailAsync(http, record, new BridgeError(ErrorKind.NotFound, 404, $"There is nothing at {http.Request.Method} {path}; GET / lists the endpoints."));
        }
    }

    // As it came: what a route's * stands for is decoded once, there.
    static string PathOf(HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = (query < 0 ? target : target[..query]).TrimEnd('/');
        return path.Length == 0 ? "/" : path.Contains('%', StringComparison.Ordinal) ? Normal(path) : path;
    }

    // A letter that is encoded is still the same letter (RFC 3986, section 6.2.2.2).
    static string Normal(string path)
    {
        var normal = new StringBuilder(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            var letter = LetterAt(path, i);
            normal.Append(letter ?? path[i]);
            if (letter is not null) i += 2;
        }
        return normal.ToString();
    }

    static char? LetterAt(string path, int index) =>
        path[index] == '%' && index + 2 < path.Length && byte.TryParse(path.AsSpan(index + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
        && ((char)code is '-' or '.' or '_' or '~' || char.IsAsciiLetterOrDigit((char)code)) ? (char)code : null;

    static async Task FailAsync(HttpContext http, RequestRecord record, BridgeError error)
    {
        record.Error = error;
        // A stream that has begun cannot become an error any more: cutting it is the honest end.
        if (http.Response.HasStarted) http.Abort();
        else await DialectErrors.WriteAsync(http, Dialect.Of(http.Request), error);
    }

    // A stream that broke had a good status, and was none.
    static int Outcome(RequestRecord record, int status) => status < 400 && record.Error is { } error ? error.Status : status;

    void Write(HttpContext http, RequestRecord record, int status)
    {
        if (!logger.IsEnabled(LogLevel.Information)) return;
        var note = record.ClientLeft ? " (client left)" : record.Error is { } error ? $" error={error.Kind}: {error.Message}" : "";
        Log.Request(
            logger, http.Request.Method, http.Request.Path, status, record.Model, record.Backend,
            (long)(record.FirstToken?.TotalMilliseconds ?? 0), (long)record.Elapsed.TotalMilliseconds, record.Tokens.Input, record.Tokens.Output, note);
    }
}
