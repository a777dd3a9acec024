using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace StreamForge.Tests.Architecture;

/// <summary>What a compiled assembly uses, read from its metadata tables without loading it (ECMA-335, II.22).</summary>
internal sealed class AssemblyFacts
{
    private AssemblyFacts(MetadataReader metadata)
    {
        References = [.. metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name))];
        Types = [.. metadata.TypeReferences.Select(t => Name(metadata, metadata.GetTypeReference(t)))];
        Members = [.. metadata.MemberReferences.Select(m => Name(metadata, metadata.GetMemberReference(m))).OfType<string>().Distinct()];
    }

    /// <summary>Names of the assemblies whose types are used; a project reference that no code uses is not among them.</summary>
    public ImmutableArray<string> References { get; }

    /// <summary>Types of other assemblies: <c>System.IO.File</c>.</summary>
    public ImmutableArray<string> Types { get; }

    /// <summary>Members of plain types of other assemblies with the number of their parameters: <c>System.DateTime.get_Now/0</c>, <c>System.Random..ctor/1</c>.</summary>
    public ImmutableArray<string> Members { get; }

    /// <summary>Reads an assembly that was built along with the tests.</summary>
    public static AssemblyFacts Of(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly + ".dll")));
        return new(file.GetMetadataReader());
    }

    private static string Name(MetadataReader metadata, TypeReference type) => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";

    private static string? Name(MetadataReader metadata, MemberReference member)
    {
        if (member.Parent.Kind != HandleKind.TypeReference || member.GetKind() != MemberReferenceKind.Method) return null;
        var signature = metadata.GetBlobReader(member.Signature);
        if (signature.ReadSignatureHeader().IsGeneric) signature.ReadCompressedInteger();
        var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
        return $"{Name(metadata, type)}.{metadata.GetString(member.Name)}/{signature.ReadCompressedInteger()}";
    }
}
