import torch

from models.training import Run
from models.translators import METHODS
from models.translators.nearest import CopyRecipe, identity


def test_raw_copies_the_named_channels(data):
    model = METHODS["raw"].fit(data, CopyRecipe(("89V", "36.64V")), Run())
    tb = data.source.tb(torch.arange(2).numpy())
    assert model.config.copied == ("91.665V", "37V")
    assert torch.equal(model.translate(tb), tb[:, [2, 0]])


def test_raw_loses_only_what_it_copies(data):
    model = METHODS["raw"].fit(data, CopyRecipe(("89V",)), Run())
    tb = torch.full((1, 5, 2, 2), 250.0)
    tb[:, 0] = torch.nan
    assert model.translate(tb).isfinite().all()


def test_identity_is_exact_and_keeps_missing():
    tb = torch.rand(1, 2, 3, 3)
    tb[0, 1, 1, 1] = torch.nan
    torch.testing.assert_close(identity(("89V", "89H")).translate(tb), tb, atol=0, rtol=0, equal_nan=True)
