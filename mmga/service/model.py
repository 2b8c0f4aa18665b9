"""The registered model as MLflow loads it: this file is its code, so nothing is pickled.

MLflow copies it into the model and runs it on loading; `mmga` lies beside it in the model.
"""

from pathlib import Path
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from pandas import DataFrame

from mmga.errors import InputError
from mmga.fans import FanModel
from mmga.service.answers import answer


class Fans(PythonModel):
    """Ranked fans, followees or look-alikes of users; bad input is answered with HTTP 400."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the arrays of the model's folder."""
        self.model = FanModel.read(Path(context.artifacts["model"]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: DataFrame,
        params: dict[str, Any] | None = None,
    ) -> DataFrame:
        """See `mmga.service.answers.answer`; `model_input` has one column, `user_id`."""
        try:
            return answer(self.model, model_input["user_id"].tolist(), params or {})
        except InputError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from None


set_model(Fans())
