using AcpToApi.Json.Model;

namespace AcpToApi.Providers;

/// <summary>Finds the provider that has a service, for a model.</summary>
sealed class ServiceRouter(ModelRouter router, ProviderSet providers)
{
    /// <summary>The route of a model, or of none where the service needs none. Throws <see cref="BridgeException"/> that says who has it.</summary>
    public ModelRoute Resolve(Service service, string? model)
    {
        if (model is null)
        {
            var missing = BridgeError.InvalidRequest("Missing required parameter: 'model'.", "model") with { Code = "missing_required_parameter" };
            if (!service.ModelIsOptional) throw new BridgeException(missing);
            var first = providers.Configured.FirstOrDefault(provider => provider.Row.Has(service.Kind)) ?? throw new BridgeException(Unavailable(service, "No configured provider"));
            return new ModelRoute(first, "", LongContext: false);
        }
        if (!router.TryResolve(model, out var route, out var unknown)) throw new BridgeException(unknown);
        return route.Provider.Row.Has(service.Kind) ? route : throw new BridgeException(Unavailable(service, route.Provider.Name));
    }

    BridgeError Unavailable(Service service, string who)
    {
        var able = providers.All.Where(provider => provider.Row.Has(service.Kind)).Select(provider => provider.Name);
        return new BridgeError(ErrorKind.ModelNotFound, 404, $"{who} has no {service.Name} here; these providers have, once they have a key: {string.Join(", ", able)}.")
        {
            Code = "model_not_found",
            Param = "model",
        };
    }
}
