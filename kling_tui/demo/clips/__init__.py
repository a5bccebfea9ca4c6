r"""The videos of the demo's finished jobs.

Each is one formula, drawn in grey by FFmpeg's ``geq`` and coloured by a ``pseudocolor`` palette;
X and Y are pixels, T seconds. Set ``name size seconds palette crf formula`` from below, then::

    ffmpeg -f lavfi -i "color=s=$size:r=30:d=$seconds,format=gray,geq=lum='$formula',\
    format=gbrp,pseudocolor=p=$palette,format=yuv420p" \
    -c:v libx264 -preset veryslow -crf $crf -g 360 -an -movflags +faststart $name.mp4

dusk 1280x720 5.1 plasma 30, a sun that sets behind four ranges of hills::

    st(1,hypot(X-860,Y-330-6*T)); st(0,40+150*pow(Y/520,1.6)+70*exp(-ld(1)/150));
    st(0,lerp(ld(0),255,clip((78-ld(1))/2,0,1)));
    st(0,lerp(ld(0),120-Y/30,clip((Y-455-46*sin(X/210+T/9)-22*sin(X/83+1+T/9))/2,0,1)));
    st(0,lerp(ld(0),82-Y/30,clip((Y-520-50*sin(X/260+2+T/4)-16*sin(X/71+T/4))/2,0,1)));
    st(0,lerp(ld(0),48-Y/40,clip((Y-600-40*sin(X/310+4+T/2)-18*sin(X/97+T/2))/2,0,1)));
    lerp(ld(0),8,clip((Y-660-30*sin(X/240+1+T)-12*sin(X/88+T))/2,0,1))

silk 1280x720 5 viridis 34, waves that bend one another::

    st(0,(X-640)/360); st(1,(Y-360)/360);
    st(2,ld(0)+0.7*sin(1.6*ld(1)+T*0.5)+0.3*sin(2.3*ld(0)+T*0.4));
    st(3,ld(1)+0.6*sin(1.9*ld(2)-T*0.6));
    st(4,sin(2.2*ld(3)+1.1*ld(2)+0.6*sin(1.7*ld(2)-T*0.5)));
    20+205*pow(0.5+0.5*ld(4),1.3)*(0.72+0.28*sin(9*ld(3)+2*ld(2)))

bloom 1280x720 10.1 magma 33, two roses in polar coordinates, turning by a petal::

    st(0,hypot(X-640,Y-360)/360); st(1,atan2(Y-360,X-640)+T*2*PI/50.5);
    st(2,0.16*sin(T*2*PI/10.1)); st(3,0.60+0.24*cos(5*ld(1)+2.2*ld(0)));
    st(4,0.36+0.16*cos(5*ld(1)+PI+2.2*ld(0)+ld(2)));
    30+60*exp(-ld(0)*1.4)+clip(95*exp(-pow((ld(0)-ld(3))/0.14,2))
    +95*exp(-pow((ld(0)-ld(4))/0.11,2))+150*exp(-pow(ld(0)/0.16,2)),0,170)

lanterns 720x1280 5 inferno 32, five lights that rise::

    st(0,16+70*pow(Y/1280,2));
    st(0,ld(0)+230*exp(-pow(hypot((X-200-14*sin(T)),Y-1010+46*T)/80,4)));
    st(0,ld(0)+200*exp(-pow(hypot((X-530+10*sin(T+1)),Y-780+38*T)/62,4)));
    st(0,ld(0)+170*exp(-pow(hypot((X-330-9*sin(T+2)),Y-590+30*T)/46,4)));
    st(0,ld(0)+140*exp(-pow(hypot((X-590+8*sin(T+3)),Y-430+24*T)/34,4)));
    st(0,ld(0)+110*exp(-pow(hypot((X-180-6*sin(T+4)),Y-360+18*T)/26,4)));
    st(0,ld(0)+60*exp(-hypot(X-200,Y-1010+46*T)/170)+45*exp(-hypot(X-530,Y-780+38*T)/140));
    clip(ld(0),0,252)
"""

import functools
import importlib.resources
from dataclasses import dataclass


@dataclass(frozen=True)
class Clip:
    """A video file in this folder, with its properties."""

    name: str
    seconds: float
    width: int
    height: int

    @property
    def path(self) -> str:
        """Its path on the gateway."""
        return f"/clips/{self.name}.mp4"

    @property
    def aspect_ratio(self) -> str:
        """The aspect ratio, as the documents write it."""
        return "16:9" if self.width > self.height else "9:16"

    def url(self, gateway: str, job_id: str) -> str:
        """Return the URL for one job; the query makes it unique to the job."""
        return f"{gateway}{self.path}?job={job_id}"

    def read(self) -> bytes:
        """Return the content of the file."""
        return _read(self.name)


@functools.cache
def _read(name: str) -> bytes:
    return importlib.resources.files(__name__).joinpath(f"{name}.mp4").read_bytes()


DUSK = Clip("dusk", 5.1, 1280, 720)
SILK = Clip("silk", 5.0, 1280, 720)
BLOOM = Clip("bloom", 10.1, 1280, 720)
LANTERNS = Clip("lanterns", 5.0, 720, 1280)

CLIPS = (DUSK, SILK, BLOOM, LANTERNS)
