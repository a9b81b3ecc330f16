namespace AcpToApi.Json.Text;

/// <summary>stub</summary>
public static class TokenEstimate
{
    /// <summary>stub</summary>
    public static long Of(Model.ChatRequest request) => request.Body.Length / 4;
}
