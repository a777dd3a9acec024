using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace StreamForge.Testing.Proof;

/// <summary>
/// Members as lines of text: those that compiled assemblies use of others, and those that assemblies declare. When every line of the first is still in the second, what was compiled against it would compile to the
/// same calls again.
/// </summary>
public static class Surface
{
    /// <summary>Types and members of the assemblies in <paramref name="declaring"/> (names without extension) that an assembly uses, sorted.</summary>
    public static ImmutableSortedSet<string> UsedBy(string path, IReadOnlySet<string> declaring)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        var lines = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var handle in metadata.TypeReferences)
        {
            if (IsOf(metadata, handle, declaring)) lines.Add(SignatureText.Name(metadata, handle));
        }
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (Owner(metadata, member.Parent) is not { } owner || !IsOf(metadata, owner, declaring)) continue;
            var type = SignatureText.Name(metadata, owner);
            var name = metadata.GetString(member.Name);
            lines.Add(member.GetKind() == MemberReferenceKind.Field
                ? SignatureText.Field(type, name, member.DecodeFieldSignature(SignatureText.Instance, null))
                : SignatureText.Method(type, name, member.DecodeMethodSignature(SignatureText.Instance, null)));
        }
        return lines.ToImmutable();
    }

    /// <summary>All types and members that an assembly declares, public or not.</summary>
    public static IEnumerable<string> DeclaredBy(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        foreach (var handle in metadata.TypeDefinitions)
        {
            var type = SignatureText.Name(metadata, handle);
            yield return type;
            var definition = metadata.GetTypeDefinition(handle);
            foreach (var member in definition.GetMethods())
            {
                var method = metadata.GetMethodDefinition(member);
                if ((method.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Private) continue;
                yield return SignatureText.Method(type, metadata.GetString(method.Name), method.DecodeSignature(SignatureText.Instance, null));
            }
            foreach (var member in definition.GetFields())
            {
                var field = metadata.GetFieldDefinition(member);
                if ((field.Attributes & FieldAttributes.FieldAccessMask) == FieldAttributes.Private) continue;
                yield return SignatureText.Field(type, metadata.GetString(field.Name), field.DecodeSignature(SignatureText.Instance, null));
            }
        }
    }

    /// <summary>The type that a member is referred to through, without its arguments; null for those of this assembly, arrays and the like.</summary>
    private static TypeReferenceHandle? Owner(MetadataReader metadata, EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeReference) return (TypeReferenceHandle)parent;
        if (parent.Kind != HandleKind.TypeSpecification) return null;
        var signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance) return null;
        // The kind of the generic type: class or value type.
        signature.ReadCompressedInteger();
        var generic = signature.ReadTypeHandle();
        return generic.Kind == HandleKind.TypeReference ? (TypeReferenceHandle)generic : null;
    }

    private static bool IsOf(MetadataReader metadata, TypeReferenceHandle handle, IReadOnlySet<string> assemblies)
    {
        var scope = metadata.GetTypeReference(handle).ResolutionScope;
        while (scope.Kind == HandleKind.TypeReference) scope = metadata.GetTypeReference((TypeReferenceHandle)scope).ResolutionScope;
        return scope.Kind == HandleKind.AssemblyReference && assemblies.Contains(metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)scope).Name));
    }
}
