namespace AcpToApi.Json.Tests.Support;

/// <summary>A conversation in every dialect that holds all that we ever hid in one: in ids of calls and results (one of them without its call), in signatures, in ids of items.</summary>
public static class MarkedBodies
{
    /// <summary>What no provider may see.</summary>
    public static IReadOnlyList<string> Marks { get; } = ["tsig", "acptoap"];

    /// <summary>The bodies by the names of their dialects; <c>%</c> stands for the model.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["chat"] = """
            {"model":"%","messages":[{"role":"user","content":"x"},
            {"role":"assistant","content":"t","reasoning_content":"hm","tool_calls":[{"id":"call_1__tsig_sQUJD","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"call_2__tsig_xQUJD","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"call_3__tsig_d","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"call_1__tsig_sQUJD","content":"r"},{"role":"tool","tool_call_id":"call_2__tsig_xQUJD","content":[{"type":"text","text":"r"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]},
            {"role":"tool","tool_call_id":"call_9__tsig_sQUJD","content":"orphan"},{"role":"user","content":"y"}]}
            """,
        ["messages"] = """
            {"model":"%","max_tokens":9000,"messages":[{"role":"user","content":"x"},
            {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"acptoapi:responses:rs_1:gAAA=="},{"type":"redacted_thinking","data":"acptoapi:redacted:gAAA=="},{"type":"text","text":"t"},{"type":"tool_use","id":"call_1__tsig_sQUJD","name":"f","input":{}},{"type":"tool_use","id":"call_2__tsig_xQUJD","name":"f","input":{}},{"type":"tool_use","id":"call_3__tsig_d","name":"f","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1__tsig_sQUJD","content":"r"},{"type":"tool_result","tool_use_id":"call_2__tsig_xQUJD","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]},{"type":"tool_result","tool_use_id":"call_9__tsig_sQUJD","content":"orphan"},{"type":"text","text":"y"}]}]}
            """,
        ["responses"] = """
            {"model":"%","input":[{"role":"user","content":"x"},
            {"type":"reasoning","id":"rs_acptoapi_0a_0","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"acptoapi:signature:ANTSIG=="},{"type":"reasoning","id":"rs_acptoapi_0a_1","summary":[],"encrypted_content":"acptoapi:redacted:RED="},
            {"type":"reasoning","id":"rs_acptoapi_0a_2","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"acptoapi:responses:rs_1:gAAA=="},{"type":"reasoning","id":"rs_acptoapi_0a_3","summary":[{"type":"summary_text","text":"hm"}]},
            {"type":"message","id":"msg_acptoapi_0a_4","role":"assistant","status":"completed","content":[{"type":"output_text","text":"t","annotations":[],"logprobs":[]}]},
            {"type":"function_call","id":"fc_acptoapi_0a_5","call_id":"call_1__tsig_sQUJD","name":"f","arguments":"{}","status":"completed"},{"type":"function_call","id":"fc_acptoapi_0a_6","call_id":"call_2__tsig_xQUJD","name":"f","arguments":"{}"},{"type":"custom_tool_call","id":"ctc_acptoapi_0a_7","call_id":"call_3__tsig_d","name":"g","input":"i"},
            {"type":"function_call_output","call_id":"call_1__tsig_sQUJD","output":"r"},{"type":"custom_tool_call_output","call_id":"call_3__tsig_d","output":"r"},{"type":"function_call_output","call_id":"call_9__tsig_sQUJD","output":"orphan"},{"role":"user","content":"y"}],
            "tools":[{"type":"custom","name":"g"}]}
            """,
        ["gemini"] = """
            {"contents":[{"role":"user","parts":[{"text":"x"}]},
            {"role":"model","parts":[{"text":"hm","thought":true},{"text":"","thought":true,"thoughtSignature":"acptoapiQU5U"},{"text":"","thought":true,"thoughtSignature":"acptoaprUkVE"},{"text":"t","thoughtSignature":"acptoapiQU5U"},{"functionCall":{"id":"call_1__tsig_sQUJD","name":"f","args":{}},"thoughtSignature":"acptoapiQU5U"},{"functionCall":{"id":"call_3__tsig_d","name":"f","args":{}}}]},
            {"role":"user","parts":[{"functionResponse":{"id":"call_1__tsig_sQUJD","name":"f","response":{"result":"r"}}},{"functionResponse":{"id":"call_3__tsig_d","name":"f","response":{"result":"r"}}},{"functionResponse":{"id":"call_9__tsig_sQUJD","name":"h","response":{"result":"orphan"}}},{"text":"y"}]}]}
            """,
        ["ollama"] = """
            {"model":"%","messages":[{"role":"user","content":"x"},
            {"role":"assistant","content":"t","thinking":"hm","tool_calls":[{"id":"call_1__tsig_sQUJD","function":{"name":"f","arguments":{}}},{"id":"call_3__tsig_d","function":{"name":"f","arguments":{}}}]},
            {"role":"tool","tool_call_id":"call_1__tsig_sQUJD","tool_name":"f","content":"r"},{"role":"tool","tool_call_id":"call_3__tsig_d","tool_name":"f","content":"r"},{"role":"tool","tool_call_id":"call_9__tsig_sQUJD","tool_name":"h","content":"orphan"},{"role":"user","content":"y"}]}
            """,
    };
}
