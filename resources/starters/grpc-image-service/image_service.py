"""A Spot image service: registers with the robot's directory and answers ListImageSources and GetImage.

Its one source, "test-picture", is drawn when it is asked for (a clock on a coloured ground), so the service can be tried
without a camera. Put a camera of yours in `capture`; everything else stays.
"""

import argparse
import colorsys
import io
import logging
import time

import bosdyn.client
import bosdyn.client.util
from bosdyn.api import image_pb2, image_service_pb2_grpc
from bosdyn.client.directory_registration import DirectoryRegistrationClient, DirectoryRegistrationKeepAlive
from bosdyn.client.server_util import GrpcServiceRunner, populate_response_header
from bosdyn.util import set_timestamp_from_nsec
from PIL import Image, ImageDraw

SERVICE_NAME = "test-picture-service"
SERVICE_TYPE = "bosdyn.api.ImageService"
AUTHORITY = "test-picture-service.spot.robot"
SOURCE = "test-picture"
COLUMNS, ROWS = 640, 480
DEFAULT_QUALITY = 75

log = logging.getLogger(SERVICE_NAME)


def capture():
    """One picture and when it was taken, in nanoseconds since 1970 by this computer's clock."""
    taken = time.time_ns()
    red, green, blue = colorsys.hsv_to_rgb(taken / 1e9 / 60 % 1, 0.5, 0.6)
    picture = Image.new("RGB", (COLUMNS, ROWS), (int(red * 255), int(green * 255), int(blue * 255)))
    ImageDraw.Draw(picture).text((20, 20), time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(taken / 1e9)), fill="white")
    return picture, taken


def encode(picture, wanted, image):
    """Fills the image message in the format that was asked for; answers the status of the response."""
    grey = wanted.pixel_format == image_pb2.Image.PIXEL_FORMAT_GREYSCALE_U8
    if not grey and wanted.pixel_format not in (image_pb2.Image.PIXEL_FORMAT_UNKNOWN, image_pb2.Image.PIXEL_FORMAT_RGB_U8):
        return image_pb2.ImageResponse.STATUS_UNSUPPORTED_PIXEL_FORMAT_REQUESTED
    if wanted.resize_ratio < 0 or wanted.resize_ratio > 1:
        return image_pb2.ImageResponse.STATUS_UNSUPPORTED_RESIZE_RATIO_REQUESTED
    if grey:
        picture = picture.convert("L")
    if 0 < wanted.resize_ratio < 1:
        picture = picture.resize((max(1, int(picture.width * wanted.resize_ratio)), max(1, int(picture.height * wanted.resize_ratio))))
    if wanted.image_format == image_pb2.Image.FORMAT_RAW:
        image.data = picture.tobytes()
        image.format = image_pb2.Image.FORMAT_RAW
    elif wanted.image_format in (image_pb2.Image.FORMAT_UNKNOWN, image_pb2.Image.FORMAT_JPEG):
        out = io.BytesIO()
        quality = int(wanted.quality_percent) if 0 < wanted.quality_percent <= 100 else DEFAULT_QUALITY
        picture.save(out, format="JPEG", quality=quality)
        image.data = out.getvalue()
        image.format = image_pb2.Image.FORMAT_JPEG
    else:
        return image_pb2.ImageResponse.STATUS_UNSUPPORTED_IMAGE_FORMAT_REQUESTED
    image.cols, image.rows = picture.size
    image.pixel_format = image_pb2.Image.PIXEL_FORMAT_GREYSCALE_U8 if grey else image_pb2.Image.PIXEL_FORMAT_RGB_U8
    return image_pb2.ImageResponse.STATUS_OK


def describe_source(source):
    source.name = SOURCE
    source.cols, source.rows = COLUMNS, ROWS
    source.image_type = image_pb2.ImageSource.IMAGE_TYPE_VISUAL
    source.pixel_formats.extend([image_pb2.Image.PIXEL_FORMAT_RGB_U8, image_pb2.Image.PIXEL_FORMAT_GREYSCALE_U8])
    source.image_formats.extend([image_pb2.Image.FORMAT_JPEG, image_pb2.Image.FORMAT_RAW])


class TestPictureServicer(image_service_pb2_grpc.ImageServiceServicer):
    """`robot` has a running time sync: pictures carry the robot's time, not this computer's."""

    def __init__(self, robot):
        super().__init__()
        self._robot = robot

    def ListImageSources(self, request, context):
        response = image_pb2.ListImageSourcesResponse()
        describe_source(response.image_sources.add())
        populate_response_header(response, request)
        return response

    def GetImage(self, request, context):
        response = image_pb2.GetImageResponse()
        for wanted in request.image_requests:
            answer = response.image_responses.add()
            if wanted.image_source_name != SOURCE:
                answer.status = image_pb2.ImageResponse.STATUS_UNKNOWN_CAMERA
                continue
            describe_source(answer.source)
            try:
                picture, taken = capture()
                answer.status = encode(picture, wanted, answer.shot.image)
                set_timestamp_from_nsec(answer.shot.acquisition_time, taken + self._clock_skew())
            except Exception:  # one bad picture must not end the service
                log.exception("no picture")
                answer.status = image_pb2.ImageResponse.STATUS_IMAGE_DATA_ERROR
        populate_response_header(response, request)
        return response

    def _clock_skew(self):
        """Nanoseconds by which the robot's clock is ahead of this one."""
        skew = self._robot.time_sync.endpoint.clock_skew
        return skew.seconds * 10**9 + skew.nanos


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    bosdyn.client.util.add_base_arguments(parser)
    bosdyn.client.util.add_payload_credentials_arguments(parser)
    bosdyn.client.util.add_service_endpoint_arguments(parser)
    options = parser.parse_args()
    bosdyn.client.util.setup_logging(options.verbose)

    robot = bosdyn.client.create_standard_sdk(SERVICE_NAME).create_robot(options.hostname)
    # Blocks until an operator has authorized the payload in the robot's admin console.
    robot.authenticate_from_payload_credentials(*bosdyn.client.util.get_guid_and_secret(options))
    robot.start_time_sync()
    robot.time_sync.wait_for_sync()

    runner = GrpcServiceRunner(TestPictureServicer(robot), image_service_pb2_grpc.add_ImageServiceServicer_to_server, options.port, logger=log)
    # The robot's directory forgets services when it restarts: the keep-alive registers this one again.
    keep_alive = DirectoryRegistrationKeepAlive(robot.ensure_client(DirectoryRegistrationClient.default_service_name), logger=log)
    keep_alive.start(SERVICE_NAME, SERVICE_TYPE, AUTHORITY, options.host_ip, runner.port)
    with keep_alive:
        runner.run_until_interrupt()


if __name__ == "__main__":
    main()
