"""Response bodies of Kling AI I2V ("Kling AI I2V API Documentation", Image To Video Status)."""

import base64
import hashlib
import re
import uuid
from collections.abc import Mapping

from kling_tui.demo.clips import Clip
from kling_tui.demo.endpoints import Endpoint
from kling_tui.demo.http_types import Response, json_response
from kling_tui.demo.simulator import DemoJob, Moment, Script


def submitted(job: DemoJob, moment: Moment) -> Response:
    """Respond that the job is queued; the status is undocumented, but the gateway sends it."""
    return _response(job, moment, "IN_PROGRESS", "submitted", "Submitted")


def processing(job: DemoJob, moment: Moment) -> Response:
    """Respond that the job is running: the document's "In Progress Response"."""
    return _response(job, moment, "IN_PROGRESS", "processing", "Processing")


def undocumented_status(status: str, message: str) -> Script:
    """Respond that the job is running, with a status that is in no document."""
    return lambda job, moment: _response(job, moment, "IN_PROGRESS", status, message)


def succeeded(*clips: Clip) -> Script:
    """Respond that the job has succeeded: the document's "Success Response" with these videos."""

    def respond(job: DemoJob, moment: Moment) -> Response:
        videos = [
            {
                "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{job.id}/{clip.name}")),
                "url": clip.url(moment.url, job.id),
                "duration": f"{clip.seconds:.1f}",
            }
            for clip in clips
        ]
        result = {"task_info": {}, "task_result": {"videos": videos}}
        return _response(job, moment, "SUCCEED", "succeed", "", result)

    return respond


def failed(reason: str) -> Script:
    """Respond that the job has failed; only ``task_status`` differs from a success."""
    result: dict[str, object] = {"task_info": {}, "task_result": {}}
    return lambda job, moment: _response(job, moment, "SUCCEED", "failed", reason, result)


def not_found(task_id: str) -> Response:
    """Return the error for an unknown id."""
    body = {"code": 1203, "message": "Task not found", "request_id": _request_id(task_id)}
    return json_response(body, 404)


ENDPOINT = Endpoint(
    kind="i2v",
    path="/kling-ai-polling/v1/getImageToVideoStatus",
    id_field="task_id",
    needs_key=False,
    id_pattern=re.compile(r"C[0-9A-Za-z_-]{19,23}|[0-9]{15,20}"),
    not_found=not_found,
)


def _response(
    job: DemoJob,
    moment: Moment,
    message: str,
    status: str,
    status_message: str,
    result: Mapping[str, object] | None = None,
) -> Response:
    return json_response(
        {
            "code": 0,
            "message": message,
            "request_id": _request_id(job.id),
            "data": {
                "task_id": job.id,
                "task_status": status,
                "task_status_msg": status_message,
                **(result or {}),
                "created_at": moment.epoch_ms(0),
                "updated_at": moment.epoch_ms(moment.step_start),
            },
        }
    )


def _request_id(task_id: str) -> str:
    """Return an id like a task's, but another: real responses do not repeat the task id here."""
    noise = hashlib.blake2b(task_id.encode(errors="replace"), digest_size=16).digest()
    return "C" + base64.urlsafe_b64encode(noise).decode()[1:22]
