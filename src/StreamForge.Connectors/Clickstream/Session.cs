namespace StreamForge.Connectors.Clickstream;

/// <summary>What a visitor does, in the funnel's order.</summary>
internal enum Step : byte
{
    /// <summary>No session, or one that is over.</summary>
    Gone,
    PageView,
    ProductClick,
    AddToCart,
    Checkout,
    Purchase,
}

/// <summary>
/// One visit: a walk down the funnel page_view → product_click → add_to_cart → checkout → purchase, with loops back to browsing and a share that leaves at each step.
/// <code>
/// from            to: page_view  product_click  add_to_cart  checkout  purchase  leaves
/// page_view             28 %         44 %                                        28 %
/// product_click         18 %         24 %          30 %                          28 %
/// add_to_cart           22 %                                    48 %             30 %
/// checkout               8 %                                              64 %   28 %
/// purchase              15 %                                                     85 %
/// </code>
/// </summary>
internal struct Session
{
    public Step Step;

    /// <summary>Number of the event that the session began with; its name.</summary>
    public long Id;

    public int User;

    /// <summary>The product looked at, 0 for none.</summary>
    public int Product;

    public int Quantity;

    /// <summary>Index into the referrers; 0 for none.</summary>
    public byte Referrer;

    /// <summary>Index into the pages, for page views.</summary>
    public byte Page;

    /// <summary>The next step.</summary>
    /// <param name="die">A random number from 0 to 65,535.</param>
    public readonly Step After(int die)
    {
        const int percent = 65_536 / 100;
        return Step switch
        {
            Step.PageView => die < 28 * percent ? Step.PageView : die < 72 * percent ? Step.ProductClick : Step.Gone,
            Step.ProductClick => die < 18 * percent ? Step.PageView : die < 42 * percent ? Step.ProductClick : die < 72 * percent ? Step.AddToCart : Step.Gone,
            Step.AddToCart => die < 22 * percent ? Step.PageView : die < 70 * percent ? Step.Checkout : Step.Gone,
            Step.Checkout => die < 8 * percent ? Step.PageView : die < 72 * percent ? Step.Purchase : Step.Gone,
            Step.Purchase => die < 15 * percent ? Step.PageView : Step.Gone,
            _ => Step.Gone,
        };
    }
}
