"""The code that MLflow stores with every registered model: a checkpoint of `models` as a plain array function.

It is copied into the model's artifacts and run from there, so it imports nothing of the platform.
"""

from typing import Any

import mlflow
import numpy as np
import torch
from mlflow.pyfunc.model import PythonModel

from models import checkpoint


class RegisteredModel(PythonModel):
    """A translator: TB (batch, channel, scan, pixel) in K, in and out, with conditions after the TB where
    it reads some. DRAIN: rain quantiles and then the mean in mm/h."""

    def load_context(self, context: Any) -> None:
        """Load the checkpoint (safetensors and JSON; nothing unpickles)."""
        self.model: Any = checkpoint.load(context.artifacts["checkpoint"])

    def predict(self, context: Any, model_input: np.ndarray, params: dict[str, Any] | None = None) -> np.ndarray:
        """Apply the model to a float32 array, NaN where missing."""
        tb = torch.as_tensor(np.asarray(model_input, dtype=np.float32))
        with torch.inference_mode():
            if hasattr(self.model, "translate"):
                return self.model.translate(tb).numpy()
            rain = self.model.predict(tb)
            return torch.cat([rain.quantiles, rain.mean[:, None]], dim=1).numpy()


mlflow.models.set_model(RegisteredModel())
