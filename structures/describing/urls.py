"""Pages of those who describe."""

from django.urls import path

from structures.describing import (
    closing_views,
    counting_views,
    entity_views,
    history_views,
    model_views,
    self_views,
    views,
)
from structures.describing.helping_urls import helping_patterns
from structures.describing.reviewing import views as review_views
from structures.describing.saving import views as saving_views

app_name = "describing"
urlpatterns = [
    path("", entity_views.Mine.as_view(), name="mine"),
    *helping_patterns,
    path("relectures/", review_views.ToReview.as_view(), name="to_review"),
    path("relectures/<uuid:pk>/", review_views.Round.as_view(), name="round"),
    path("<slug:identifier>/", entity_views.Establishment.as_view(), name="establishment"),
    path("<slug:identifier>/crise/", entity_views.CrisisQuestions.as_view(), name="crisis"),
    path("<slug:identifier>/description/<slug:step>/", self_views.DescribeEstablishment.as_view(), name="describe"),
    path("<slug:identifier>/lits-et-places/", counting_views.Beds.as_view(), name="beds"),
    path("<slug:identifier>/lits-et-places/<uuid:pk>/", counting_views.UnitBeds.as_view(), name="unit_beds"),
    path("<slug:identifier>/nouvelle-offre/", model_views.NewOffer.as_view(), name="new"),
    path("offres/<slug:slug>/modifier/", views.EditOffer.as_view(), name="edit"),
    path("offres/<slug:slug>/fermer/", closing_views.CloseOffer.as_view(), name="close"),
    path("offres/<slug:slug>/rouvrir/", closing_views.ReopenOffer.as_view(), name="reopen"),
    path("offres/<slug:slug>/historique/", history_views.History.as_view(), name="history"),
    path("offres/<slug:slug>/historique/<int:number>/", history_views.Version.as_view(), name="version"),
    path("offres/<slug:slug>/historique/<int:number>/reprendre/", history_views.Restore.as_view(), name="restore"),
    path("brouillons/<uuid:pk>/relecture/", views.Review.as_view(), name="review"),
    path("brouillons/<uuid:pk>/soumettre/", review_views.Submit.as_view(), name="submit"),
    path("brouillons/<uuid:pk>/reprendre/", review_views.Withdraw.as_view(), name="withdraw"),
    path("brouillons/<uuid:pk>/modele/", model_views.DraftModel.as_view(), name="draft_model"),
    path("brouillons/<uuid:pk>/supprimer/", views.Drop.as_view(), name="drop"),
    path("brouillons/<uuid:pk>/<slug:step>/", views.StepPage.as_view(), name="step"),
    path("brouillons/<uuid:pk>/<slug:step>/saisie/", saving_views.Autosave.as_view(), name="autosave"),
    path("brouillons/<uuid:pk>/<slug:step>/presence/", saving_views.Present.as_view(), name="presence"),
]
